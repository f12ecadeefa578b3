import { Redis } from 'ioredis';
import pg from 'pg';

/** What the stores have done so far. Counted by the stores themselves, so the speed of the machine is not in it. */
export interface Counts {
  /** As clients sent them; what a trigger or a function runs inside is not counted. */
  readonly statements: number;
  /** Transactions that wrote. */
  readonly transactions: number;
  /** Bytes of write-ahead log. */
  readonly walBytes: number;
  readonly redisCommands: number;
  readonly publishedMessages: number;
}

export const COUNTS = [
  'statements',
  'transactions',
  'walBytes',
  'redisCommands',
  'publishedMessages',
] as const satisfies readonly (keyof Counts)[];

/** What this program sends itself, and what keeps a connection alive. */
const NOT_COUNTED = /^cmdstat_(info|ping|client\||hello|select|command)/;

/** Reads the counters of one database and one Redis. */
export class Counters {
  readonly #admin: pg.Client;
  readonly #database: string;
  readonly #redis: Redis;

  private constructor(admin: pg.Client, database: string, redis: Redis) {
    this.#admin = admin;
    this.#database = database;
    this.#redis = redis;
  }

  /** @param adminUrl another database of the same server, so that reading is not counted */
  static async open(adminUrl: string, databaseUrl: string, redisUrl: string): Promise<Counters> {
    const admin = new pg.Client({ connectionString: adminUrl });
    await admin.connect();
    await admin.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    return new Counters(admin, new URL(databaseUrl).pathname.slice(1), new Redis(redisUrl));
  }

  async read(): Promise<Counts> {
    const { rows } = await this.#admin.query<{ statements: string; transactions: string; wal: string }>(
      `SELECT (SELECT coalesce(sum(s.calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
                WHERE d.datname = $1) AS statements,
              pg_snapshot_xmax(pg_current_snapshot()) AS transactions,
              pg_current_wal_insert_lsn() - '0/0' AS wal`,
      [this.#database],
    );
    const row = rows[0];
    if (!row) throw new Error('Postgres gave no counters.');
    const calls = await this.#commandCalls();
    return {
      statements: Number(row.statements),
      transactions: Number(row.transactions),
      walBytes: Number(row.wal),
      redisCommands: [...calls].reduce(
        (sum, [name, count]) => sum + (NOT_COUNTED.test(name) || name === 'cmdstat_publish' ? 0 : count),
        0,
      ),
      publishedMessages: calls.get('cmdstat_publish') ?? 0,
    };
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await this.#admin.end();
  }

  async #commandCalls(): Promise<Map<string, number>> {
    const lines = (await this.#redis.info('commandstats')).split(/\r?\n/);
    return new Map(
      lines.flatMap((line) => {
        const [, name, calls] = /^(cmdstat_[^:]+):calls=(\d+)/.exec(line) ?? [];
        return name === undefined || calls === undefined ? [] : [[name, Number(calls)] as const];
      }),
    );
  }
}

/** Pure. */
export function difference(after: Counts, before: Counts): Counts {
  return mapCounts((name) => after[name] - before[name]);
}

/** Pure. */
export function mapCounts(of: (name: keyof Counts) => number): Counts {
  return Object.fromEntries(COUNTS.map((name) => [name, of(name)])) as unknown as Counts;
}
