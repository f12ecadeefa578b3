import type { Config } from 'jest';

const config: Config = {
  testMatch: ['**/*.spec.ts', '**/*.int-spec.ts', '**/*.e2e-spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/libs/.*/dist/', '<rootDir>/.data/'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // What runs beside what: tools/test-passes.ts.
  testSequencer: '<rootDir>/test/support/longest-first.sequencer.ts',
  // A limit for a test that hangs, not a measure: tests that start services take seconds on a busy machine.
  testTimeout: 180_000,
  testEnvironment: 'node',
  // "source": the libraries are tested from their TypeScript, not from what a build left behind.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  // As `paths` in tsconfig.base.json.
  moduleNameMapper: {
    '^single-active$': '<rootDir>/libs/single-active/src/index.ts',
    '^single-active/(typeorm|knex|drizzle|prisma)$': '<rootDir>/libs/single-active/src/adapters/$1.ts',
  },
  setupFiles: ['<rootDir>/libs/platform/test/load-nest.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

export default config;
