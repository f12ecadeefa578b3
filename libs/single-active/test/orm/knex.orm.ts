import knex, { type Knex } from 'knex';

import { fromKnex } from '../../src/adapters/knex.ts';
import { type Orm, type RideDesk } from './orm.interface.ts';

const desk = (handle: Knex): RideDesk => ({
  db: fromKnex(handle),
  insertRide: (id, riderId) => handle('rides').insert({ id, rider_id: riderId, status: 'open' }),
});

export const knexOrm: Orm = {
  name: 'Knex',
  showsKey: true,
  connect: (url) => {
    const pool = knex({ client: 'pg', connection: url });
    return Promise.resolve({
      ...desk(pool),
      inTransaction: (work) => pool.transaction((trx) => work(desk(trx))),
      close: () => pool.destroy(),
    });
  },
};
