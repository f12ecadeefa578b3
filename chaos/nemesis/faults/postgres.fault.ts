import pg from 'pg';

import type { Fault } from '../fault.interface.ts';
import { repeatedly } from '../repetition.ts';
import { bringUp, kill, pause } from '../../site/upkeep.ts';

const POSTGRES = { subject: 'postgres', target: () => 'postgres' } as const;

export const POSTGRES_FAULTS: readonly Fault[] = [
  {
    ...POSTGRES,
    name: 'postgres-kill',
    matrix: 'F8',
    sentence: 'Postgres is killed with all of its processes, and recovers from its log',
    lastsMs: [100, 3000],
    apply: async ({ postgres }) => {
      await kill(postgres);
      return () => bringUp(postgres).then(() => null);
    },
  },
  {
    ...POSTGRES,
    name: 'postgres-pause',
    matrix: 'F9',
    sentence: 'Postgres hangs (SIGSTOP) for 3 to 5 s',
    lastsMs: [3000, 5000],
    apply: async ({ postgres }) => {
      await pause(postgres);
      return () => bringUp(postgres).then(() => null);
    },
  },
  {
    ...POSTGRES,
    name: 'postgres-terminate-backends',
    matrix: 'F9',
    sentence: 'some sessions of the services are ended by the server, every 100 ms',
    lastsMs: [1000, 5000],
    apply: ({ pool }, _target, random) => {
      let ended = 0;
      const undo = repeatedly(
        async () => {
          const { rowCount } = await pool.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE backend_type = 'client backend' AND application_name LIKE '%-service'
              ORDER BY random() LIMIT $1`,
            [1 + random.int(4)],
          );
          ended += rowCount ?? 0;
        },
        () => 100,
      );
      return Promise.resolve(async () => {
        await undo();
        return `${ended} sessions ended`;
      });
    },
  },
  {
    ...POSTGRES,
    name: 'postgres-table-lock',
    matrix: 'F27',
    sentence:
      'an administrator locks the table of a kind: the connections of the services wait until none is left',
    lastsMs: [1000, 3500],
    target: (_site, random) => random.pick(['bookings', 'orders']),
    apply: async ({ postgres }, table) => {
      const client = new pg.Client({ connectionString: postgres.url, connectionTimeoutMillis: 2000 });
      client.on('error', () => undefined); // the server went away, and the lock with it
      await client.connect();
      try {
        await client.query(`SET lock_timeout = '2s'; BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      } catch (error) {
        await client.end();
        throw error;
      }
      return async () => {
        await client.end();
        return null;
      };
    },
  },
];
