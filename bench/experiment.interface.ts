/** A server that an experiment may use, on a free port of this machine. */
export interface BenchServers {
  /** Superuser of a Postgres that is tuned like a production one: fsync on. */
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** Three independent ones. */
  readonly lockUrls: readonly string[];
}

export interface BenchContext {
  readonly servers: BenchServers;
  /** How often each contender has its turn; they alternate. */
  readonly rounds: number;
  /** Smaller sizes and shorter turns: to see that it works, not for figures. */
  readonly quick: boolean;
  /** A line for the person who waits. */
  progress(line: string): void;
  /** A new database with every migration of the product applied, and every Redis emptied: before a contender has a turn. */
  createDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }>;
}

/** One thing that was measured, once in each round. */
export interface Figure {
  /** `throughput, ours / bare`. */
  readonly what: string;
  readonly unit: 'ratio' | 'ms' | 's' | 'MB' | 'bytes' | 'per second' | 'us';
  readonly rounds: readonly number[];
  /** Its place in a series of the same measurement at several sizes. */
  readonly at?: { readonly series: string; readonly x: number };
  /** What it shall reach, for the median of the rounds; null when it only explains others. */
  readonly target: { readonly atLeast: number } | { readonly atMost: number } | null;
}

/** Several figures that are measured in one go, so that their ratios are of the same minutes. */
export interface Experiment {
  /** For `npm run bench -- --only http`. */
  readonly name: string;
  readonly sentence: string;
  /** It runs only when it is named. */
  readonly takesLong?: boolean;
  run(context: BenchContext): Promise<readonly Figure[]>;
}
