import { startStores } from '../../tools/embedded/start-stores.ts';
import type { BenchServers } from '../experiment.interface.ts';

/** As one would run it: what was committed is on the disk, and checkpoints do not fall into a turn. */
const POSTGRES = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  effective_cache_size: '2GB',
  max_wal_size: '8GB',
  min_wal_size: '1GB',
  checkpoint_timeout: '15min',
  max_connections: '300',
  random_page_cost: '1.1',
  // When a row was committed, which no clock of ours could say as well.
  track_commit_timestamp: 'on',
  shared_preload_libraries: 'pg_stat_statements',
};

export interface StartedServers extends BenchServers {
  /** Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * One Postgres and four Redis, on free ports; gone with this process at the latest.
 *
 * @param settings of Postgres, beside or instead of the usual ones
 */
export async function startServers(settings: Readonly<Record<string, string>> = {}): Promise<StartedServers> {
  const { postgres, key, locks, stop } = await startStores('bench', { ...POSTGRES, ...settings });
  return { postgresUrl: postgres.url, redisUrl: key.url, lockUrls: locks.map(({ url }) => url), stop };
}
