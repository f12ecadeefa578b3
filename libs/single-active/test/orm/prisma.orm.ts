import { PrismaPg } from '@prisma/adapter-pg';

import { fromPrisma } from '../../src/adapters/prisma.ts';
import { type Orm, type RideDesk } from './orm.interface.ts';
import { type RidesClient, RidesPrismaClient } from './prisma-rides.client.mjs';

const desk = (client: RidesClient): RideDesk => ({
  db: fromPrisma(client),
  insertRide: async (id, riderId) => client.ride.create({ data: { id, riderId, status: 'open' } }),
});

export const prismaOrm: Orm = {
  name: 'Prisma 7',
  showsKey: false,
  connect: (url) => {
    const client = new RidesPrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
    return Promise.resolve({
      ...desk(client),
      inTransaction: (work) => client.$transaction((tx) => work(desk(tx)), { timeout: 60_000 }),
      close: () => client.$disconnect(),
    });
  },
};
