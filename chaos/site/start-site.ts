import pg from 'pg';

import { startStores } from '../../tools/embedded/start-stores.ts';
import { waitFor } from '../../test/support/wait.ts';
import { switchFsync } from './fsync.ts';
import { Issuer } from './issuer.ts';
import { migrate, type MigratedCluster } from './migrated-cluster.ts';
import { ChaosReplica, type Stores } from './replica.ts';
import { KINDS, type Replica, type Site } from './site.interface.ts';
import { atRest, bringUp, bringUpReplica } from './upkeep.ts';

const QUERY_LIMIT_MS = 30_000;

/** No fault here takes the machine's memory away, so waiting for its disk (fsync, too) would only cost operations. */
const POSTGRES = { full_page_writes: 'off', max_connections: '300', shared_buffers: '128MB' };

export interface SiteOptions {
  /** Of each service. @default 2 */
  readonly replicas?: number;
  /** For every replica. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whose data Postgres begins with. @default new data, which is migrated */
  readonly cluster?: MigratedCluster;
}

/** Starts the stores, and both services on them. What has been started is stopped again when something does not come up. */
export async function startSite({ replicas: count = 2, env = {}, cluster }: SiteOptions = {}): Promise<Site> {
  const { postgres, key, locks, stop: stopStores } = await startStores('chaos', POSTGRES, cluster?.dataDir);
  const undo: (() => unknown)[] = [stopStores];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const pool = new pg.Pool({ connectionString: postgres.url, max: 4, connectionTimeoutMillis: 2000 });
    pool.on('error', () => undefined); // an idle connection that a fault has cut
    undo.push(() => pool.end());
    await switchFsync(pool, 'off');
    if (!cluster) await migrate(postgres.url);

    const issuer = await Issuer.start();
    undo.push(() => issuer.stop());
    const stores: Stores = {
      databaseUrl: postgres.url,
      keyUrl: key.url,
      lockUrls: locks.map(({ url }) => url),
    };
    const wanted = KINDS.flatMap((kind) => Array.from({ length: count }, (_, index) => ({ kind, index })));
    const replicas = await Promise.all(
      wanted.map(({ kind, index }) =>
        ChaosReplica.start(kind, index, stores, { AUTH_JWKS_URL: issuer.url, ...env }),
      ),
    );
    undo.push(() => Promise.all(replicas.map((replica) => replica.stop())));
    // A start that is under way would outlive the servers that were stopped before it.
    undo.push(() => atRest([postgres, key, ...locks, ...replicas]));
    return {
      postgres,
      key: key,
      locks,
      replicas,
      issuer,
      pool,
      replicasOf: (kind) => replicas.filter((replica: Replica) => replica.kind === kind),
      query: async <R extends pg.QueryResultRow>(sql: string, params?: unknown[]) => {
        const answer = await waitFor(async () => pool.query<R>(sql, params), {
          timeoutMs: QUERY_LIMIT_MS,
          intervalMs: 100,
          describe: 'Postgres to answer',
        });
        return answer.rows;
      },
      heal: async () => {
        issuer.way.pass();
        for (const replica of replicas) replica.openWays();
        await Promise.all([postgres, key, ...locks].map(bringUp));
        await Promise.all(replicas.map(bringUpReplica));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
