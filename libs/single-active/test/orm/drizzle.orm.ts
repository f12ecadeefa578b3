import { sql, type SQL } from 'drizzle-orm';
import { drizzle as drizzleNodePostgres } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import pg from 'pg';
import postgres from 'postgres';

import { type DrizzleQueryable, fromDrizzle } from '../../src/adapters/drizzle.ts';
import { type Orm, type RideDesk } from './orm.interface.ts';

const rides = pgTable('rides', {
  id: integer('id').primaryKey(),
  riderId: text('rider_id'),
  status: text('status'),
});

interface Handle extends DrizzleQueryable<SQL> {
  insert(table: typeof rides): {
    values(row: typeof rides.$inferInsert): PromiseLike<unknown>;
  };
}

const desk = (handle: Handle): RideDesk => ({
  db: fromDrizzle(handle, sql),
  insertRide: async (id, riderId) => handle.insert(rides).values({ id, riderId, status: 'open' }),
});

export const drizzleNodePostgresOrm: Orm = {
  name: 'Drizzle on node-postgres',
  showsKey: true,
  connect: (url) => {
    const pool = new pg.Pool({ connectionString: url });
    const db = drizzleNodePostgres(pool);
    return Promise.resolve({
      ...desk(db),
      inTransaction: (work) => db.transaction((tx) => work(desk(tx))),
      close: () => pool.end(),
    });
  },
};

export const drizzlePostgresJsOrm: Orm = {
  name: 'Drizzle on postgres.js',
  showsKey: true,
  connect: (url) => {
    const client = postgres(url, { onnotice: () => undefined });
    const db = drizzlePostgresJs(client);
    return Promise.resolve({
      ...desk(db),
      inTransaction: (work) => db.transaction((tx) => work(desk(tx))),
      close: () => client.end(),
    });
  },
};
