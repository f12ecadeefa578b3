/** The part of jest's summary that a caller counts. */
export interface TestSummary {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/** Suites that count milliseconds, what a limit of some milliseconds lets through, or transactions of the whole server: nothing else runs beside them. */
export const ALONE: readonly string[] = [
  'chaos/load/start-load',
  'libs/customer-broadcast/src/live/live-feed',
  'libs/customer-broadcast/test/customer-broadcast.client',
  'libs/customer-broadcast/test/create-lock',
  'libs/customer-broadcast/test/redis-breaker',
  'libs/customer-broadcast/test/redis-cluster',
  'libs/platform/src/redis/',
  'test/promises/p03-free-at-once',
  'test/promises/p04-deadline',
  'test/promises/p05-redis-is-a-hint',
  'test/promises/p07-no-lost-event',
  'test/promises/p12-strangers',
  'test/support/wait',
];
/** As in jest's configuration: what is given on the command line takes its place. */
const NEVER = ['/node_modules/', '/dist/'];
/** Suites wait for services that start for much of their time, so two at once are done in two thirds of it. More would want more connections. */
const AT_ONCE = 2;

/** Jest's arguments for each pass over the whole suite; for a part of it there is one, as it is asked for. Pure. */
export function passesOf(args: readonly string[]): readonly (readonly string[])[] {
  if (args.length > 0) return [args];
  return [
    [`--maxWorkers=${AT_ONCE}`, '--testPathIgnorePatterns', ...NEVER, ...ALONE],
    ['--runInBand', ...ALONE],
  ];
}

export function sum(summaries: readonly TestSummary[]): TestSummary {
  const all = (name: keyof TestSummary): number =>
    summaries.reduce((total, summary) => total + summary[name], 0);
  return {
    numPassedTests: all('numPassedTests'),
    numFailedTests: all('numFailedTests'),
    numRuntimeErrorTestSuites: all('numRuntimeErrorTestSuites'),
  };
}
