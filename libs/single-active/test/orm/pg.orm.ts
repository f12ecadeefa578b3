import pg from 'pg';

import { type Orm, type RideDesk } from './orm.interface.ts';

const desk = (db: pg.Pool | pg.PoolClient): RideDesk => ({
  db,
  insertRide: (id, riderId) => db.query("INSERT INTO rides VALUES ($1, $2, 'open')", [id, riderId]),
});

export const pgOrm: Orm = {
  name: 'pg',
  showsKey: true,
  connect: (url) => {
    const pool = new pg.Pool({ connectionString: url });
    return Promise.resolve({
      ...desk(pool),
      inTransaction: async (work) => {
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          await work(desk(client));
          await client.query('COMMIT');
        } catch (error) {
          await client.query('ROLLBACK');
          throw error;
        } finally {
          client.release();
        }
      },
      close: () => pool.end(),
    });
  },
};
