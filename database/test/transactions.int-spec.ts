import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';

import { race } from '../../test/support/race.ts';
import { waitFor } from '../../test/support/wait.ts';
import {
  createGuardedDatabase,
  refusalOf,
  SLOT_TAKEN,
  SLOTS,
  taken,
  type GuardedDatabase,
} from './guarded-database.ts';

let database: GuardedDatabase;
beforeAll(async () => {
  database = await createGuardedDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.clear());
afterEach(async () => {
  expect(await database.doubles()).toEqual([]);
  expect(await database.drift()).toEqual([]);
});

const insertInto = (table: string, customer = 'c1'): string =>
  `INSERT INTO ${table} (customer_id) VALUES ('${customer}')`;

/** Resolves once this session's statement stands behind another session's lock. */
async function isWaiting(client: pg.Client): Promise<void> {
  const { processID } = client as unknown as { processID: number };
  await waitFor(
    async () => (await database.query(`SELECT 1 WHERE pg_blocking_pids($1) <> '{}'`, [processID])).length,
    { describe: 'the second session to wait for the first' },
  );
}

/** Runs `second` while `first` is done and not committed, ends the first with `end`, and says how the second fared. */
function whileUncommitted(
  first: string,
  second: string,
  end: 'COMMIT' | 'ROLLBACK',
  level = 'READ COMMITTED',
) {
  return database.session((one) =>
    database.session(async (other) => {
      await one.query('BEGIN');
      await one.query(first);
      await other.query(`BEGIN ISOLATION LEVEL ${level}`);
      await other.query('SELECT count(*) FROM bookings'); // its snapshot is older than the first one's commit
      const outcome = refusalOf(other.query(second));
      await isWaiting(other);
      await one.query(end);
      const refusal = await outcome;
      await other.query(refusal ? 'ROLLBACK' : 'COMMIT');
      return refusal;
    }),
  );
}

const PAIRS = [
  ['bookings', 'bookings', taken('bookings')],
  ['bookings', 'orders', SLOT_TAKEN],
  ['orders', 'bookings', SLOT_TAKEN],
] as const;

describe('two sessions at once', () => {
  test.each(PAIRS)(
    'after an insert into %s, one into %s waits and is refused',
    async (one, other, refusal) => {
      const outcome = await whileUncommitted(insertInto(one), insertInto(other), 'COMMIT');
      expect(outcome).toEqual(refusal);
    },
  );

  test.each(['REPEATABLE READ', 'SERIALIZABLE'])('%s makes no difference', async (level) => {
    const outcome = await whileUncommitted(insertInto('bookings'), insertInto('orders'), 'COMMIT', level);
    expect(outcome).toEqual(SLOT_TAKEN);
  });

  test.each(PAIRS)(
    'after an insert into %s is rolled back, one into %s goes through',
    async (one, other, _) => {
      expect(await whileUncommitted(insertInto(one), insertInto(other), 'ROLLBACK')).toBeNull();
      expect(await database.slots()).toEqual([{ customer_id: 'c1', kind: other.slice(0, -1) }]);
    },
  );

  test('an insert waits for a cancel that is not committed, and then goes through', async () => {
    await database.query(insertInto('bookings'));
    const cancel = `UPDATE bookings SET status = 'cancelled'`;
    expect(await whileUncommitted(cancel, insertInto('orders'), 'COMMIT')).toBeNull();
    expect(await database.slots()).toEqual([{ customer_id: 'c1', kind: 'order' }]);
  });

  test('an insert is refused when the cancel it waited for is rolled back', async () => {
    await database.query(insertInto('bookings'));
    const cancel = `UPDATE bookings SET status = 'cancelled'`;
    expect(await whileUncommitted(cancel, insertInto('orders'), 'ROLLBACK')).toEqual(SLOT_TAKEN);
  });

  test('of forty sessions over both tables exactly one inserts', async () => {
    const { fulfilled, rejected } = await race(40, (index) =>
      database.session((client) => client.query(insertInto(index % 2 ? 'bookings' : 'orders'))),
    );
    expect(fulfilled).toHaveLength(1);
    expect(rejected).toHaveLength(39);
    for (const error of rejected) expect(error).toMatchObject({ code: '23505' });
  });
});

describe('statements over the same customers in opposite orders', () => {
  const both = (table: string, order: string): string =>
    `INSERT INTO ${table} (customer_id) SELECT 'c' || n FROM generate_series(1, 200) n ORDER BY n ${order}`;
  const CUSTOMERS = 200;

  test('the inserts do not deadlock across the tables, also when both meet a third one in the middle', async () => {
    const refusals = await database.session((middle) =>
      database.session((one) =>
        database.session(async (other) => {
          // The slot alone: a row would make the first one wait at the table's own index already.
          await middle.query(`BEGIN; INSERT INTO ${SLOTS} (key, slot, source, row_id)
            VALUES ('m', 1, 'other', gen_random_uuid())`);
          const first = refusalOf(one.query(`INSERT INTO bookings (customer_id) VALUES ('b'), ('m'), ('a')`));
          await isWaiting(one);
          const second = refusalOf(
            other.query(`INSERT INTO orders (customer_id) VALUES ('a'), ('m'), ('b')`),
          );
          await isWaiting(other);
          await middle.query('ROLLBACK');
          return Promise.all([first, second]);
        }),
      ),
    );
    expect(refusals).toContain(null);
    expect(refusals).toContainEqual(SLOT_TAKEN);
    expect(await database.slots()).toHaveLength(3);
  });

  test('those that end broadcasts do not deadlock with those that open them in the other table', async () => {
    for (let round = 0; round < 10; round++) {
      await database.clear();
      await database.query(both('bookings', 'DESC'));
      const { rejected } = await race(2, (index) =>
        database.query(index === 0 ? `UPDATE bookings SET status = 'expired'` : both('orders', 'ASC')),
      );
      // Either it came first and found the slots taken, or it waited for the end and took them.
      for (const error of rejected) expect(error).toMatchObject(SLOT_TAKEN);
      expect(await database.slots()).toHaveLength(rejected.length === 0 ? CUSTOMERS : 0);
    }
  });

  test('in one table they meet on its unique index, row by row, where Postgres ends one of them at the latest', async () => {
    await database.session((one) =>
      database.session(async (other) => {
        for (const client of [one, other]) await client.query('BEGIN');
        await one.query(insertInto('bookings', 'a'));
        await other.query(insertInto('bookings', 'b'));
        const first = refusalOf(one.query(insertInto('bookings', 'b')));
        await isWaiting(one);
        const second = refusalOf(other.query(insertInto('bookings', 'a')));
        const outcomes = await Promise.all([first, second]);
        expect(outcomes).toContainEqual({ code: '40P01', constraint: null });
        expect(outcomes).toContain(null);
        await (outcomes[0] === null ? one : other).query('COMMIT');
      }),
    );
    expect(await database.slots()).toHaveLength(2);
  });
});

describe('in a transaction', () => {
  test('a refusal rolls back to its savepoint, and what came before it is kept', async () => {
    await database.session(async (client) => {
      await client.query('BEGIN');
      await client.query(insertInto('bookings'));
      await client.query('SAVEPOINT s');
      expect(await refusalOf(client.query(insertInto('orders')))).toEqual(SLOT_TAKEN);
      await client.query('ROLLBACK TO s');
      await client.query(insertInto('orders', 'c2'));
      await client.query('COMMIT');
    });
    expect(await database.slots()).toEqual([
      { customer_id: 'c1', kind: 'booking' },
      { customer_id: 'c2', kind: 'order' },
    ]);
  });

  test('an end that is rolled back to a savepoint frees no customer', async () => {
    await database.session(async (client) => {
      await client.query(`BEGIN; ${insertInto('bookings')}; SAVEPOINT s`);
      await client.query(`UPDATE bookings SET status = 'cancelled'; ROLLBACK TO s`);
      expect(await refusalOf(client.query(insertInto('orders')))).toEqual(SLOT_TAKEN);
      await client.query('ROLLBACK TO s; COMMIT');
    });
    expect(await database.slots()).toEqual([{ customer_id: 'c1', kind: 'booking' }]);
  });

  test('a request may be ended and the next one opened', async () => {
    await database.query(insertInto('bookings'));
    await database.session((client) =>
      client.query(`BEGIN; UPDATE bookings SET status = 'cancelled'; ${insertInto('orders')}; COMMIT`),
    );
    expect(await database.slots()).toEqual([{ customer_id: 'c1', kind: 'order' }]);
  });
});
