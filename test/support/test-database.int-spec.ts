import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createTestDatabase, type TestDatabase } from './test-database.ts';

describe('a test database', () => {
  let databases: TestDatabase[];

  beforeAll(async () => {
    databases = await Promise.all([createTestDatabase(), createTestDatabase()]);
  });

  afterAll(async () => {
    await Promise.all(databases.map((database) => database.drop()));
  });

  it('is the file’s own: what is written in one is not in another', async () => {
    const [one, other] = databases as [TestDatabase, TestDatabase];
    await one.query('CREATE TABLE mine (id int)');
    await one.query('INSERT INTO mine VALUES ($1)', [7]);
    await expect(one.query('SELECT id FROM mine')).resolves.toEqual([{ id: 7 }]);
    await expect(other.query('SELECT id FROM mine')).rejects.toThrow('does not exist');
  });

  it('is dropped although a client is connected, and dropped twice without complaint', async () => {
    const database = await createTestDatabase();
    const [other] = databases as [TestDatabase, TestDatabase];
    await database.query('SELECT 1');
    await database.drop();
    await database.drop();
    await expect(
      other.query('SELECT 1 FROM pg_database WHERE datname = $1', [database.name]),
    ).resolves.toEqual([]);
  });
});
