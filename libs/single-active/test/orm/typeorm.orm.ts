import 'reflect-metadata';

import { DataSource, EntitySchema } from 'typeorm';
import { DataSource as FormerDataSource, EntitySchema as FormerEntitySchema } from 'typeorm-0.3';

import { fromTypeOrm, type TypeOrmQueryable } from '../../src/adapters/typeorm.ts';
import { type Orm, type RideDesk } from './orm.interface.ts';

const RIDE = {
  name: 'rides',
  columns: { id: { type: Number, primary: true }, rider_id: { type: String }, status: { type: String } },
} as const;

interface Manager extends TypeOrmQueryable {
  insert(entity: string, row: object): Promise<unknown>;
}

/** What both versions have. */
interface OpenDataSource extends TypeOrmQueryable {
  readonly manager: Manager;
  initialize(): Promise<unknown>;
  transaction(work: (manager: Manager) => Promise<void>): Promise<void>;
  destroy(): Promise<void>;
}

const desk = (manager: Manager): RideDesk => ({
  db: fromTypeOrm(manager),
  insertRide: (id, riderId) => manager.insert('rides', { id, rider_id: riderId, status: 'open' }),
});

function describeTypeOrm(name: string, open: (url: string) => OpenDataSource): Orm {
  return {
    name,
    showsKey: true,
    connect: async (url) => {
      const dataSource = open(url);
      await dataSource.initialize();
      return {
        ...desk(dataSource.manager),
        db: fromTypeOrm(dataSource),
        inTransaction: (work) => dataSource.transaction((manager) => work(desk(manager))),
        close: () => dataSource.destroy(),
      };
    },
  };
}

export const typeOrm = describeTypeOrm(
  'TypeORM 1',
  (url) => new DataSource({ type: 'postgres', url, entities: [new EntitySchema(RIDE)] }),
);

export const formerTypeOrm = describeTypeOrm(
  'TypeORM 0.3',
  (url) => new FormerDataSource({ type: 'postgres', url, entities: [new FormerEntitySchema(RIDE)] }),
);
