/** What of jest's summary is counted. */
export interface TestSummary {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/** Test files by the beginning of their path from the root, and why they are where they are. */
export interface ListedPath {
  readonly path: string;
  readonly why: string;
}

/** `test`: minutes, before each commit. `verify`: what is long, rare or measures. Every test file belongs to one of them. */
export type TestCommand = 'test' | 'verify';

/** The files of `npm run verify`; every other test file belongs to `npm test`. */
export const LONG: readonly ListedPath[] = [
  { path: 'bench/bench.e2e-spec', why: 'starts every contender of a benchmark and loads each' },
  { path: 'bench/site/', why: 'starts the servers of the benchmark: one Postgres and four Redis' },
  { path: 'chaos/', why: 'injects each fault and reaches each crash point once, beside the fault test' },
  {
    path: 'libs/customer-broadcast/test/simulation/',
    why: 'takes a million steps, and thousands for each control',
  },
  {
    path: 'libs/platform/src/redis/redis-transport-faults',
    why: 'messages are late by more than five seconds',
  },
  { path: 'libs/single-active/test/long/', why: 'hundreds of races, and tables of 500,000 rows under load' },
  { path: 'libs/single-active/test/examples', why: 'installs three applications from the registry' },
  { path: 'test/api/kept-requests', why: 'measures memory over 8,000 requests' },
  {
    path: 'test/api/live-view-faults',
    why: 'reads 60,000 events slowly and watches memory after 2,000 clients',
  },
  { path: 'test/api/start-memory', why: 'measures the memory of a process that has just started' },
  { path: 'test/import-rules', why: 'starts the import checker once for each rule' },
  { path: 'test/promises/long/', why: 'races of npm test with five times as many rounds' },
  { path: 'libs/single-active/test/package', why: 'packs the library and installs it from the registry' },
  { path: 'database/test/migrations', why: 'takes every migration down and up, and starts processes for it' },
  { path: 'test/promises/p10-crashes', why: 'kills, pauses and cuts a service a dozen times' },
  { path: 'test/promises/p11-retry', why: 'waits for answers that are lost on purpose' },
  { path: 'test/promises/p14-ended-sessions', why: 'ends sessions at every step of a request' },
  { path: 'test/promises/p04-expire-command', why: 'runs a command of npm a dozen times over 5,000 rows' },
];

/** Files that nothing else may run beside. As few as possible: they keep one of two processors idle. */
export const ALONE: readonly ListedPath[] = [
  { path: 'chaos/load/start-load', why: 'counts operations a second' },
  { path: 'libs/customer-broadcast/src/live/live-feed', why: 'needs a server without other transactions' },
  { path: 'libs/customer-broadcast/test/customer-broadcast.client', why: 'gives answers 200 ms and less' },
  { path: 'libs/customer-broadcast/test/create-lock', why: 'gives a vote some milliseconds' },
  { path: 'libs/customer-broadcast/test/redis-breaker', why: 'gives a command some milliseconds' },
  { path: 'libs/customer-broadcast/test/redis-cluster', why: 'gives a command some milliseconds' },
  { path: 'libs/platform/src/redis/redis-transport-faults', why: 'delays messages and their answers' },
  { path: 'libs/platform/src/redis/redis.client', why: 'gives a command some milliseconds' },
  { path: 'test/api/healthy-start', why: 'Redis is given 100 ms, of which 60 are taken' },
  { path: 'test/promises/long/p03-free-at-once', why: 'as p03, which is shorter' },
  { path: 'test/promises/p03-free-at-once', why: 'a service skips a Redis that is slow for it' },
  { path: 'test/promises/p04-lateness', why: '99 % expire within a second' },
  { path: 'test/promises/p05-outage-costs', why: 'a later create takes at most 10 ms more' },
  { path: 'test/promises/p07-prompt-listener', why: 'a listener acts within 250 ms' },
];

/** As in jest's configuration: what is given on the command line takes its place. */
const NEVER = ['/node_modules/', '/dist/'];
/** Files wait for services that start for much of their time, so two at once are done in two thirds of it. More would want more connections. */
const AT_ONCE = 2;

/**
 * Jest's arguments for each pass of a command: first what may run side by side, then what runs alone. With arguments of the
 * caller's own there is one pass, which may reach the files of both commands. Pure.
 */
export function passesOf(command: TestCommand, args: readonly string[] = []): readonly (readonly string[])[] {
  if (args.length > 0) return [args];
  const together = [`--maxWorkers=${AT_ONCE}`];
  if (command === 'verify') {
    return [
      [...wanted(LONG), ...together, ...ignoring(ALONE)],
      [
        `^(?=${LONG.map(({ path }) => path).join('|')})(${ALONE.map(({ path }) => path).join('|')})`,
        '--runInBand',
      ],
    ];
  }
  return [
    [...together, ...ignoring([...LONG, ...ALONE])],
    [...wanted(ALONE), '--runInBand', ...ignoring(LONG)],
  ];
}

/** Jest holds such patterns against the path from the root. */
function wanted(entries: readonly ListedPath[]): readonly string[] {
  return entries.map(({ path }) => `^${path}`);
}

/** Jest holds these against the whole path. */
function ignoring(entries: readonly ListedPath[]): readonly string[] {
  return ['--testPathIgnorePatterns', ...NEVER, ...entries.map(({ path }) => `<rootDir>/${path}`)];
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
