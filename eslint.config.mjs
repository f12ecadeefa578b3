import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.data/**'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Nest modules are classes with a decorator and nothing inside.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowEmpty: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // DTOs are data: a message with the fields of a body is one.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Views too: they are classes for the sake of the document, and were never made with new.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['BroadcastView', 'TruckRequestView'] }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
      'max-lines': ['error', { max: 250, skipBlankLines: false, skipComments: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      eqeqeq: 'error',
    },
  },
  {
    files: [
      'tools/**/*.ts',
      'test/**/*.ts',
      'chaos/**/*.ts',
      'bench/**/*.ts',
      'libs/*/test/**/*.ts',
      '**/*.spec.ts',
      '**/*.int-spec.ts',
      '**/*.e2e-spec.ts',
    ],
    rules: { 'no-console': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // Applications of their own, in JavaScript, so there are no types to ask.
    files: ['examples/**/*.{js,mjs}', 'libs/*/test/**/*.mjs'],
    extends: [...tseslint.configs.recommended],
    rules: { eqeqeq: 'error', 'max-lines': ['error', { max: 250 }] },
  },
  prettier,
);
