import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { defineRule, doctor, install, plan, uninstall } from '../../src/index.ts';
import { type ApplicationDatabase, createApplicationDatabase } from '../application-database.ts';
import { isRefused } from '../refused.ts';

const ROWS = 500_000;
const WRITERS = 3;
const rule = defineRule({ name: 'r', tables: [{ table: 't', id: 'id', key: 'k', activeWhen: 'active' }] });

/** Sessions that go on until they are told to end. */
class Load {
  private isOver = false;
  private readonly sessions: Promise<void>[] = [];
  readonly failures: unknown[] = [];
  reads = 0;
  writes = 0;

  constructor(private readonly database: ApplicationDatabase) {
    for (let n = 0; n < WRITERS; n++) this.sessions.push(this.run((round) => this.write(n, round)));
    this.sessions.push(this.run((round) => this.read(round)));
  }

  /** Waits until so many more writes and reads went through. */
  async goOn(count: number): Promise<void> {
    const [writes, reads] = [this.writes + count, this.reads + count];
    while (this.failures.length === 0 && (this.writes < writes || this.reads < reads)) {
      await this.database.query('SELECT 1');
    }
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.sessions);
  }

  private async run(once: (round: number) => Promise<readonly string[]>): Promise<void> {
    const session = await this.database.connect();
    await session.query(`SET lock_timeout = '250ms'`);
    for (let round = 0; !this.isOver; round++) {
      for (const statement of await once(round)) {
        await session.query(statement).catch((error: unknown) => this.failures.push(error));
      }
    }
    await session.end();
  }

  /** A row ends, one begins, and one of those that were there becomes active and ends again. */
  private async write(writer: number, round: number): Promise<readonly string[]> {
    this.writes++;
    const key = ROWS * 10 + round * WRITERS + writer;
    const there = (round * WRITERS + writer) % ROWS;
    return Promise.resolve([
      `INSERT INTO t (k, active) VALUES (${key}, true)`,
      `UPDATE t SET active = NOT active WHERE id = ${there + 1}`,
      `UPDATE t SET note = 'seen' WHERE k = ${key}`,
      `UPDATE t SET active = NOT active WHERE id = ${there + 1}`,
      ...(round % 2 === 0
        ? [`UPDATE t SET active = false WHERE k = ${key}`]
        : [`DELETE FROM t WHERE k = ${key}`]),
    ]);
  }

  private async read(round: number): Promise<readonly string[]> {
    this.reads++;
    return Promise.resolve([`SELECT count(*) FROM t WHERE k BETWEEN ${round} AND ${round + 100}`]);
  }
}

describe(`a table of ${ROWS} rows that is read and written`, () => {
  let database: ApplicationDatabase;
  let load: Load;

  beforeAll(async () => {
    database = await createApplicationDatabase(`
      CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k int, active bool, note text);
      INSERT INTO t (k, active) SELECT n, n % 2 = 0 FROM generate_series(1, ${ROWS}) n;
      CREATE INDEX ON t (k); ANALYZE t`);
    load = new Load(database);
  });
  afterAll(async () => {
    await load.end();
    await database.drop();
  });

  it('is planned and put under the rule, and no session waits for 250 ms', async () => {
    await load.goOn(20);
    expect((await plan(database.pool, rule)).violations).toEqual([]);
    expect(await install(database.pool, rule)).toEqual({ mode: 'enforce', violations: [] });
    await load.goOn(20);
    expect(load.failures).toEqual([]);
    expect(await isRefused('r', database.pool.query('INSERT INTO t (k, active) VALUES (1000, true)'))).toBe(
      true,
    );
    expect((await doctor(database.pool, rule)).findings).toEqual([]);
  });

  it('is taken off the rule and put under it again beside a transaction that stays open for a while', async () => {
    const long = await database.connect();
    for (const change of [uninstall, install]) {
      await long.query(
        `BEGIN; UPDATE t SET note = 'long' WHERE id = ${ROWS}; SELECT count(*) FROM t WHERE k = 1`,
      );
      let isDone = false;
      const changing = change(database.pool, rule).finally(() => (isDone = true));
      await load.goOn(150);
      expect([isDone, load.failures]).toEqual([false, []]);
      await long.query('COMMIT');
      await changing;
    }
    await long.end();
    await load.goOn(20);
    expect(load.failures).toEqual([]);
    expect(await doctor(database.pool, rule)).toEqual({ ok: true, findings: [] });
  });
});
