import { type EmbeddedPostgres } from '../../tools/embedded/postgres.ts';
import type { ClusterLender } from './cluster-lender.ts';

export interface SuiteServers {
  readonly postgres: EmbeddedPostgres;
  /** Null until it has started. */
  readonly lender: ClusterLender | null;
  /** Holds the cluster; removed at the end. */
  readonly temporaryDir: string;
}

const KEY = Symbol.for('customer-broadcast.suite-servers');
const holder = globalThis as { [KEY]?: SuiteServers | undefined };

/** Jest loads set-up and tear-down as modules of their own, in one process: the process is what they share. */
export function setSuiteServers(servers: SuiteServers): void {
  holder[KEY] = servers;
}

/** What the set-up started; null when it did not get that far. */
export function takeSuiteServers(): SuiteServers | null {
  const servers = holder[KEY] ?? null;
  holder[KEY] = undefined;
  return servers;
}
