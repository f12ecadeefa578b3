import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';

import { Redis } from 'ioredis';
import pg from 'pg';

import { ROOT } from '../../tools/paths.ts';
import type { BenchServers } from '../experiment.interface.ts';

/** What figures have to be read with. */
export interface Surroundings {
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
  /** `unknown` outside a git checkout; ends in `-dirty` when files other than results differ from it. */
  readonly commit: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGb: number };
  readonly versions: { readonly node: string; readonly postgres: string; readonly redis: string };
}

export async function describeSurroundings({ postgresUrl, redisUrl }: BenchServers): Promise<Surroundings> {
  const database = new pg.Client({ connectionString: postgresUrl });
  const redis = new Redis(redisUrl);
  try {
    await database.connect();
    const { rows } = await database.query<{ server_version: string }>('SHOW server_version');
    const info = await redis.info('server');
    return {
      measuredAt: new Date().toISOString(),
      commit: findCommit(),
      machine: {
        cpu: cpus()[0]?.model ?? 'unknown',
        cores: availableParallelism(),
        memoryGb: Math.round(totalmem() / 2 ** 30),
      },
      versions: {
        node: process.versions.node,
        postgres: rows[0]!.server_version,
        redis: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
      },
    };
  } finally {
    redis.disconnect();
    await database.end();
  }
}

function findCommit(): string {
  try {
    const commit = git('describe', '--always', '--abbrev=12', '--exclude=*');
    // What the experiment before has written makes no difference to the next.
    const changed = git('status', '--porcelain', '--', '.', ':(exclude)bench/results');
    return changed === '' ? commit : `${commit}-dirty`;
  } catch {
    return 'unknown';
  }
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
