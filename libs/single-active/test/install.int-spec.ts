import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { asSlotTaken, defineRule, holders, install, plan, uninstall } from '../src/index.ts';
import { type ApplicationDatabase, createApplicationDatabase } from './application-database.ts';

const TABLES = `
  CREATE SCHEMA dispatch;
  CREATE TYPE dispatch.ride_status AS ENUM ('requested', 'matched', 'on_trip', 'done');
  CREATE TABLE dispatch.rides (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, rider_id integer,
    status dispatch.ride_status NOT NULL DEFAULT 'requested');
  CREATE TABLE rentals (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "userId" bigint, state text NOT NULL DEFAULT 'OPEN');
`;
const RULE = defineRule({
  name: 'one-request-per-customer',
  tables: [
    {
      table: 'dispatch.rides',
      id: 'id',
      key: 'rider_id',
      activeWhen: "status IN ('requested', 'matched', 'on_trip')",
    },
    { table: 'rentals', id: 'id', key: '"userId"', activeWhen: "state = 'OPEN'" },
  ],
});

describe('a rule over two tables as they are', () => {
  let database: ApplicationDatabase;
  beforeEach(async () => {
    database = await createApplicationDatabase(TABLES);
  });
  afterEach(() => database.drop());

  const ride = (rider: number, status = 'requested'): Promise<unknown> =>
    database.pool.query('INSERT INTO dispatch.rides (rider_id, status) VALUES ($1, $2)', [rider, status]);
  const rent = (user: number): Promise<unknown> =>
    database.pool.query('INSERT INTO rentals ("userId") VALUES ($1)', [user]);
  const taken = (key: number) => ({ rule: RULE.name, key: String(key) });
  const refusalOf = (write: Promise<unknown>): Promise<unknown> => write.then(() => null, asSlotTaken);

  it('refuses a second active row of a key in either table, and says whose', async () => {
    await install(database.pool, RULE);
    await ride(1);
    expect(await refusalOf(rent(1))).toEqual(taken(1));
    expect(await refusalOf(ride(1))).toEqual(taken(1));
    expect(await refusalOf(rent(2))).toBeNull();
    expect(await refusalOf(ride(2))).toEqual(taken(2));
    expect(await holders(database.pool, RULE, 1)).toMatchObject([
      { table: 'dispatch.rides', id: 1, slot: 1, takenAt: expect.any(Date) },
    ]);
  });

  it('frees the key when the row ends, is deleted, gets another key, or its table is truncated', async () => {
    await install(database.pool, RULE);
    const ends = [
      "UPDATE dispatch.rides SET status = 'done'",
      'DELETE FROM dispatch.rides',
      'UPDATE dispatch.rides SET rider_id = 99',
      'UPDATE dispatch.rides SET rider_id = NULL',
      'TRUNCATE dispatch.rides',
    ];
    for (const end of ends) {
      await ride(1);
      await database.pool.query(end);
      expect(await refusalOf(rent(1))).toBeNull();
      await database.pool.query('DELETE FROM rentals; DELETE FROM dispatch.rides');
    }
    expect(await holders(database.pool, RULE, 1)).toEqual([]);
  });

  it('takes the slot again when a row is made active again, and refuses that too', async () => {
    await install(database.pool, RULE);
    await ride(1, 'done');
    await rent(1);
    expect(await refusalOf(database.pool.query("UPDATE dispatch.rides SET status = 'matched'"))).toEqual(
      taken(1),
    );
  });

  it('keeps rows that break it already, and refuses until the key is below its number', async () => {
    await ride(1);
    await ride(1);
    await rent(2);
    const planned = await plan(database.pool, RULE);
    const violation = {
      key: '1',
      rows: [
        { table: 'dispatch.rides', id: 1 },
        { table: 'dispatch.rides', id: 2 },
      ],
    };
    expect(planned.violations).toEqual([violation]);
    expect((await install(database.pool, RULE)).violations).toEqual([violation]);
    for (const id of [1, 2]) {
      expect(await refusalOf(rent(1))).toEqual(taken(1));
      await database.pool.query("UPDATE dispatch.rides SET status = 'done' WHERE id = $1", [id]);
    }
    expect(await refusalOf(rent(1))).toBeNull();
    expect(await refusalOf(ride(2))).toEqual(taken(2));
  });

  it('observes without refusing, and enforces afterwards', async () => {
    await install(database.pool, RULE, { mode: 'observe' });
    await ride(1);
    await ride(1);
    const { rows } = await database.pool.query('SELECT rule, key FROM single_active.observed');
    expect(rows).toEqual([{ rule: RULE.name, key: '1' }]);
    expect((await install(database.pool, RULE)).violations).toHaveLength(1);
    expect(await refusalOf(ride(1))).toEqual(taken(1));
  });

  it('is gone after the uninstall, with its schema, and can be installed again', async () => {
    await install(database.pool, RULE);
    await uninstall(database.pool, RULE);
    await ride(1);
    await rent(1);
    const { rows } = await database.pool.query(
      `SELECT (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal)::integer AS triggers,
              to_regnamespace('single_active') IS NULL AS "noSchema"`,
    );
    expect(rows).toEqual([{ triggers: 0, noSchema: true }]);
    expect((await install(database.pool, RULE)).violations).toHaveLength(1);
    await uninstall(database.pool, RULE);
    await uninstall(database.pool, RULE);
  });

  it('allows as many as its number says', async () => {
    const three = defineRule({ ...RULE, slots: 3 });
    await install(database.pool, three);
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, n) => refusalOf(n % 2 ? ride(1) : rent(1))),
    );
    expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(3);
    expect((await holders(database.pool, three, 1)).map(({ slot }) => slot)).toEqual([1, 2, 3]);
  });
});
