import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { type Cluster, startCluster } from '../support/cluster.ts';
import { clientOf, ROUTES, TABLES, validBody } from '../support/requests.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const FOREIGN_DEFAULTS = {
  DateStyle: `'German'`,
  IntervalStyle: `'iso_8601'`,
  TimeZone: `'Asia/Kathmandu'`,
  extra_float_digits: '-15',
  default_transaction_isolation: `'serializable'`,
};

const KIND = 'booking';

describe('a database whose administrator has other habits', () => {
  let database: TestDatabase;
  let cluster: Cluster;

  beforeAll(async () => {
    database = await createTestDatabase();
    for (const [name, value] of Object.entries(FOREIGN_DEFAULTS))
      await database.query(`ALTER DATABASE ${database.name} SET ${name} = ${value}`);
    cluster = await startCluster({ database, orders: 0 });
  });

  afterAll(async () => {
    await cluster.stop();
    await database.drop();
  });

  const create = (key?: string) =>
    clientOf(cluster, KIND).post(ROUTES[KIND], validBody(KIND), {
      headers: key === undefined ? {} : { 'idempotency-key': key },
    });

  it('is no matter to creates, refusals and lists', async () => {
    const client = clientOf(cluster, KIND);
    const startedAtMs = Date.now();
    const created = await client.post(ROUTES[KIND], validBody(KIND));
    expect(created.status).toBe(201);
    const createdAtMs = Date.parse(String(created.body.createdAt));
    expect(Math.abs(createdAtMs - startedAtMs)).toBeLessThan(60_000);
    expect(await client.post(ROUTES[KIND], validBody(KIND))).toMatchObject({
      status: 409,
      body: { activeBroadcast: { id: created.body.id, expiresAt: created.body.expiresAt } },
    });
    expect((await client.get(ROUTES[KIND])).body.items).toMatchObject([{ id: created.body.id }]);
  });

  it('is no matter to keyed creates of strangers at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => create(`key-${index}`)));
    expect(answers.map(({ status }) => status)).toEqual(Array(60).fill(201));
  });

  it('may have a column changed while creates go on', async () => {
    expect(
      (await Promise.all(Array.from({ length: 30 }, () => create()))).map(({ status }) => status),
    ).toEqual(Array(30).fill(201));
    await database.query(`ALTER TABLE ${TABLES[KIND]} ALTER COLUMN goods_type TYPE varchar(600)`);
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(Array.from({ length: 30 }, () => create()));
      expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(201));
    }
  });
});
