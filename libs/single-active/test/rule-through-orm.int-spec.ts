import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { asSlotTaken, defineRule, holders, install, plan, report, uninstall } from '../src/index.ts';
import { type ApplicationDatabase, createApplicationDatabase } from './application-database.ts';
import { ORMS } from './orm/index.ts';
import { type OrmSession } from './orm/orm.interface.ts';

const RIDES = `
  CREATE TABLE rides (id int PRIMARY KEY, rider_id text NOT NULL, status text NOT NULL);
  INSERT INTO rides VALUES (1, 'ann', 'open'), (2, 'bob', 'open'), (3, 'bob', 'open');
`;
const rule = defineRule({
  name: 'one-ride',
  tables: [{ table: 'rides', id: 'id', key: 'rider_id', activeWhen: "status = 'open'" }],
});

describe.each(ORMS)('the rule, through $name,', ({ connect, showsKey }) => {
  let database: ApplicationDatabase;
  let session: OrmSession;
  const refused = async (work: Promise<unknown>) => asSlotTaken(await work.catch((error: unknown) => error));
  const takenBy = (rider: string) => ({ rule: 'one-ride', key: showsKey ? rider : null });

  beforeAll(async () => {
    database = await createApplicationDatabase(RIDES);
    session = await connect(database.url);
  });
  afterAll(async () => {
    await session.close();
    await database.drop();
  });

  it('is planned, with the rows that break it', async () => {
    const { statements, violations } = await plan(session.db, rule);
    expect(statements.length).toBeGreaterThan(0);
    expect(violations).toEqual([
      {
        key: 'bob',
        rows: [
          { table: 'rides', id: 2 },
          { table: 'rides', id: 3 },
        ],
      },
    ]);
  });

  it('is not installed by a transaction that rolls back', async () => {
    const undone = session.inTransaction(async ({ db, insertRide }) => {
      await install(db, rule);
      await insertRide(10, 'eve');
      throw new Error('roll back');
    });
    await expect(undone).rejects.toThrow('roll back');
    expect((await session.db.query("SELECT to_regnamespace('single_active')::text AS name")).rows).toEqual([
      { name: null },
    ]);
  });

  it('is installed by a transaction, as in a migration', async () => {
    await session.inTransaction(async ({ db }) => {
      await install(db, rule);
    });
    expect(await refused(session.insertRide(10, 'ann'))).toEqual(takenBy('ann'));
  });

  it('is installed again outside of one', async () => {
    expect((await install(session.db, rule)).violations).toHaveLength(1);
    expect((await report(session.db, rule)).violations).toHaveLength(1);
  });

  it('names the holder of a key', async () => {
    expect(await holders(session.db, rule, 'ann')).toEqual([
      { table: 'rides', id: 1, slot: 1, takenAt: expect.any(Date) },
    ]);
    expect(await holders(session.db, rule, 'eve')).toEqual([]);
  });

  it('is kept inside a transaction, and sees what that has written', async () => {
    await session.inTransaction(async ({ db, insertRide }) => {
      await insertRide(11, 'eve');
      expect(await holders(db, rule, 'eve')).toMatchObject([{ table: 'rides', id: 11, slot: 1 }]);
    });
    const second = session.inTransaction(async ({ insertRide }) => {
      await insertRide(12, 'eve');
    });
    expect(await refused(second)).toEqual(takenBy('eve'));
  });

  it('is taken out', async () => {
    await uninstall(session.db, rule);
    await session.insertRide(13, 'ann');
  });
});
