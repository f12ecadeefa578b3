/**
 * The rules that keep the flow one way. Those about text and not about imports stand in tools/check-sources.ts;
 * test/import-rules.int-spec.ts breaks each rule once.
 */
const TESTS = '(\\.(spec|int-spec|e2e-spec)\\.ts$|(^|/)test/)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: '1-libs-import-no-app',
      comment: 'A library that knows an app cannot be installed for a third kind.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: '1-apps-are-strangers',
      comment: 'Two services that import each other are one service.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/([^/]+)/', pathNot: '^apps/$1/' },
    },
    {
      name: '2-libs-are-strangers',
      comment:
        'The rule stands alone, the guard stands on the rule, and truck-requests joins guard and platform for the services.',
      severity: 'error',
      from: { path: '^libs/(single-active|platform)/' },
      to: { path: '^libs/([^/]+)/', pathNot: '^libs/$1/' },
    },
    {
      name: '2-guard-stands-on-the-rule',
      comment: 'customer-broadcast must be installable without platform.',
      severity: 'error',
      from: { path: '^libs/customer-broadcast/' },
      to: { path: '^libs/([^/]+)/', pathNot: '^libs/(customer-broadcast|single-active)/' },
    },
    {
      name: '2-the-rule-imports-nothing',
      comment: 'single-active must install into any application, with whatever ORM and driver it has.',
      severity: 'error',
      from: { path: '^libs/single-active/src/', pathNot: TESTS },
      to: { pathNot: '^libs/single-active/src/', dependencyTypesNot: ['core'] },
    },
    {
      name: '3-libs-through-their-index',
      comment: 'What index.ts does not list is private.',
      severity: 'error',
      from: { path: '^(apps|database|tools|test|chaos|bench)/' },
      to: {
        path: '^libs/[^/]+/',
        pathNot: '^libs/[^/]+/(src/index\\.ts|src/adapters/[^/]+\\.ts|dist/index\\.(js|d\\.ts))$',
      },
    },
    {
      name: '4-controllers-declare-routes',
      comment: 'A controller calls a service. Rules and SQL in it would be missing from the other transport.',
      severity: 'error',
      from: { path: '\\.controller\\.ts$' },
      to: { path: '(\\.repository\\.ts$|(^|/)node_modules/(typeorm|ioredis|redlock|pg)/)' },
    },
    {
      name: '4-repositories-call-nobody',
      comment: 'A repository is the bottom of the flow.',
      severity: 'error',
      from: { path: '\\.repository\\.ts$' },
      to: { path: '\\.(service|controller|interceptor|listener|relay|worker|host)\\.ts$' },
    },
    {
      name: '5-redlock-in-one-file',
      comment: 'Its errors and time limits are understood in one place only.',
      severity: 'error',
      from: { path: '^(apps|libs|database|tools)/', pathNot: `(/lock/redlock\\.quorum\\.ts$|${TESTS})` },
      to: { path: '(^|/)node_modules/redlock/' },
    },
    {
      name: '6-typeorm-behind-repositories',
      comment:
        'Queries live in repositories. A service may open a transaction and pass its manager on; modules and providers wire.',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: `(\\.(repository|entity|service|module|module-definition|providers|interface)\\.ts$|/(database|interfaces|migrations|postgres)/|index\\.ts$|${TESTS})`,
      },
      to: { path: '(^|/)node_modules/typeorm/' },
    },
    {
      name: '6-migrations-import-no-entity',
      comment: 'An entity changes with the code, a migration never again.',
      severity: 'error',
      from: { path: '^(database|libs/[^/]+/src/(database|migrations))/' },
      to: { path: '\\.entity\\.ts$' },
    },
    {
      name: '8-library-knows-no-kind',
      comment: 'Not by import either: neither apps nor the migrations of the two kinds.',
      severity: 'error',
      from: { path: '^libs/customer-broadcast/src/' },
      to: { path: '^(apps|database)/' },
    },
    {
      name: '9-no-cycles',
      comment: 'In a cycle no layer is below another.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'tools-are-for-developers',
      comment:
        'The services must run where tools/, chaos/ and bench/ are not installed. A test may use test/support from anywhere.',
      severity: 'error',
      from: { pathNot: `(^(tools|test|chaos|bench)/|${TESTS})` },
      to: { path: '^(tools|test|chaos|bench)/' },
    },
    {
      name: 'no-unresolvable',
      comment: 'A file that is not found is a rule that is not checked.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    // Our own builds only: packages keep their code in folders of that name.
    exclude: { path: ['^dist/', '^libs/[^/]+/dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'types', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
