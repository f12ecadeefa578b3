import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Redis } from 'ioredis';
import pg from 'pg';

import { DIST } from '../../tools/paths.ts';
import type { BenchContext, BenchServers } from '../experiment.interface.ts';

const run = promisify(execFile);

/** What an experiment is given. */
export function createContext(
  servers: BenchServers,
  { rounds, quick }: { readonly rounds: number; readonly quick: boolean },
): BenchContext {
  let made = 0;
  return {
    servers,
    rounds,
    quick,
    progress: (line) => console.log(`  ${line}`),
    createDatabase: async () => {
      const name = `bench_${++made}`;
      await emptyRedis(servers);
      await administrate(servers, `CREATE DATABASE ${name}`);
      const url = new URL(servers.postgresUrl);
      url.pathname = `/${name}`;
      await run(process.execPath, [join(DIST, 'database/migrate.js')], {
        env: { ...process.env, DATABASE_URL: url.href },
      });
      return {
        url: url.href,
        drop: () => administrate(servers, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
      };
    },
  };
}

async function administrate({ postgresUrl }: BenchServers, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** The reconciler of a service would delete what Redis knows of a database before, key by key, and in a contender's turn. */
async function emptyRedis({ redisUrl, lockUrls }: BenchServers): Promise<void> {
  for (const url of [redisUrl, ...lockUrls]) {
    const redis = new Redis(url);
    try {
      await redis.flushall();
    } finally {
      redis.disconnect();
    }
  }
}
