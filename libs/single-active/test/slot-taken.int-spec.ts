import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { asSlotTaken } from '../src/slot-taken.ts';
import { type ApplicationDatabase, createApplicationDatabase } from './application-database.ts';
import { ORMS } from './orm/index.ts';
import { type OrmSession } from './orm/orm.interface.ts';

/** A key may look like the text around it. */
const RIDER = 'Ünal, (9), 1) already exists';

/** The two ways in which a rule refuses: by the primary key of its slots, and by an error that looks like it. */
const RULES = `
  CREATE TABLE rides (id int PRIMARY KEY, rider_id text NOT NULL, status text NOT NULL);
  CREATE TABLE slots (key text, slot int, CONSTRAINT "single_active:one-ride" PRIMARY KEY (key, slot));
  CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.id >= 100 THEN
      RAISE EXCEPTION USING ERRCODE = 'unique_violation', CONSTRAINT = 'single_active:three-rides',
        MESSAGE = 'three of three', DETAIL = format('Key (key, slot)=(%s, 4) already exists.', NEW.rider_id);
    END IF;
    INSERT INTO slots VALUES (NEW.rider_id, 1);
    RETURN NULL;
  END $$;
  CREATE TRIGGER take AFTER INSERT ON rides FOR EACH ROW EXECUTE FUNCTION take();
`;

let database: ApplicationDatabase;
beforeAll(async () => {
  database = await createApplicationDatabase(RULES);
  await database.pool.query("INSERT INTO rides VALUES (1, $1, 'open')", [RIDER]);
});
afterAll(() => database.drop());

describe.each(ORMS)('asSlotTaken with $name', ({ connect, showsKey }) => {
  let session: OrmSession;
  beforeAll(async () => {
    session = await connect(database.url);
  });
  afterAll(() => session.close());
  const key = showsKey ? RIDER : null;
  const refusal = async (id: number, rider: string): Promise<unknown> =>
    session.insertRide(id, rider).then(
      () => new Error('it was not refused'),
      (error: unknown) => error,
    );

  it('reads rule and key of a refusal by the primary key', async () => {
    expect(asSlotTaken(await refusal(2, RIDER))).toEqual({ rule: 'one-ride', key });
  });

  it('reads rule and key of a raised refusal', async () => {
    expect(asSlotTaken(await refusal(100, RIDER))).toEqual({ rule: 'three-rides', key });
  });

  it('reads a refusal inside a transaction, wrapped twice', async () => {
    const failed = await session
      .inTransaction(async ({ insertRide }) => {
        await insertRide(2, RIDER);
      })
      .catch((cause: unknown) => new AggregateError([new Error('first'), new Error('save', { cause })]));
    expect(asSlotTaken(failed)).toEqual({ rule: 'one-ride', key });
  });

  it('does not take another unique constraint for a refusal', async () => {
    expect(asSlotTaken(await refusal(1, 'another rider'))).toBeNull();
  });
});
