import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { defineRule, install } from '../src/index.ts';
import { type ApplicationDatabase, createApplicationDatabase } from './application-database.ts';
import { isRefused, slotsOf } from './refused.ts';

const rule = defineRule({ name: 'r', tables: [{ table: 't', id: 'id', key: 'k', activeWhen: 'active' }] });
const insert = (key: number): string => `INSERT INTO t (k, active) VALUES (${key}, true)`;

describe('partitions, other triggers, and changes of the table', () => {
  let database: ApplicationDatabase;
  const refused = (sql: string): Promise<boolean> => isRefused('r', database.pool.query(sql));

  beforeEach(async () => {
    database = await createApplicationDatabase();
  });
  afterEach(() => database.drop());

  describe('of a partitioned table', () => {
    beforeEach(async () => {
      await database.query(`CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, k int, active bool, place int DEFAULT 1) PARTITION BY LIST (place);
        CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1) PARTITION BY LIST (k);
        CREATE TABLE t1a PARTITION OF t1 DEFAULT;
        CREATE TABLE t2 (active bool, place int, gone int, id int NOT NULL, k int); ALTER TABLE t2 DROP COLUMN gone;
        ALTER TABLE t ATTACH PARTITION t2 FOR VALUES IN (2);
        INSERT INTO t (k, active, place) VALUES (1, true, 1), (2, true, 2)`);
      await install(database.pool, rule);
    });

    it('counts rows of every partition, whose columns may be in another order', async () => {
      expect(await slotsOf(database, 'r')).toEqual(['1/1 t 1', '2/1 t 2']);
      expect(await refused(`INSERT INTO t2 OVERRIDING SYSTEM VALUE VALUES (true, 2, 77, 1)`)).toBe(true);
      expect(await refused(`INSERT INTO t2 OVERRIDING SYSTEM VALUE VALUES (true, 2, 77, 3)`)).toBe(false);
      expect(
        await refused(`INSERT INTO t1a (id, k, active) OVERRIDING SYSTEM VALUE VALUES (78, 3, true)`),
      ).toBe(true);
      await database.query(`DELETE FROM t2 WHERE k = 3`);
      expect(await refused(insert(3))).toBe(false);
    });

    it('keeps a row counted that moves to another partition', async () => {
      await database.query(`UPDATE t SET place = 2 WHERE k = 1`);
      expect(await refused(insert(1))).toBe(true);
      expect(await slotsOf(database, 'r')).toEqual(['1/1 t 1', '2/1 t 2']);
    });

    it('counts in a partition that is made later', async () => {
      await database.query(`CREATE TABLE t3 PARTITION OF t FOR VALUES IN (3)`);
      expect(
        await refused(`INSERT INTO t3 (id, k, active, place) OVERRIDING SYSTEM VALUE VALUES (9, 1, true, 3)`),
      ).toBe(true);
      const client = await database.connect();
      await client.query('SET session_replication_role = replica');
      const late = `INSERT INTO t3 (id, k, active, place) OVERRIDING SYSTEM VALUE VALUES (9, 1, true, 3)`;
      expect(await isRefused('r', client.query(late))).toBe(true);
      await client.end();
    });

    it('lets another role that owns the table make a partition', async () => {
      const role = `${database.name}_owner`;
      await database.query(`CREATE ROLE ${role}; GRANT CREATE ON SCHEMA public TO ${role};
        ALTER TABLE t OWNER TO ${role}; ALTER TABLE t1 OWNER TO ${role}; ALTER TABLE t1a OWNER TO ${role}; ALTER TABLE t2 OWNER TO ${role}`);
      try {
        await install(database.pool, rule);
        const client = await database.connect();
        await client.query(`SET ROLE ${role}`);
        await client.query(`CREATE TABLE t3 PARTITION OF t FOR VALUES IN (3)`);
        await client.end();
      } finally {
        await database.query(
          `REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP OWNED BY ${role}; DROP ROLE ${role}`,
        );
      }
    });

    it('frees the rows of the partition that TRUNCATE empties', async () => {
      await database.query(`TRUNCATE t2`);
      expect(await slotsOf(database, 'r')).toEqual(['1/1 t 1']);
      await database.query(`TRUNCATE t1`);
      expect(await slotsOf(database, 'r')).toEqual([]);
      await database.query(`INSERT INTO t (k, active) VALUES (1, true); TRUNCATE t`);
      expect(await slotsOf(database, 'r')).toEqual([]);
    });
  });

  describe('of a table with triggers of its own', () => {
    beforeEach(async () => {
      await database.query(
        `CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k int, active bool, note text)`,
      );
    });
    const trigger = (
      when: string,
      body: string,
    ): string => `CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN ${body} END $$; CREATE TRIGGER aaa ${when} ON t FOR EACH ROW EXECUTE FUNCTION own()`;

    it('sees what a BEFORE trigger made of the row', async () => {
      await database.query(trigger('BEFORE INSERT', 'NEW.active := true; NEW.k := 5; RETURN NEW;'));
      await install(database.pool, rule);
      expect(await refused(`INSERT INTO t (k, active) VALUES (1, false)`)).toBe(false);
      expect(await slotsOf(database, 'r')).toEqual(['5/1 t 1']);
      expect(await refused(`INSERT INTO t (k, active) VALUES (2, false)`)).toBe(true);
    });

    it('follows an AFTER trigger that closes the new row', async () => {
      await database.query(
        trigger('AFTER INSERT', 'UPDATE t SET active = false WHERE id = NEW.id; RETURN NULL;'),
      );
      await install(database.pool, rule);
      expect(await refused(insert(1))).toBe(false);
      expect(await slotsOf(database, 'r')).toEqual([]);
    });

    it('follows an AFTER trigger that makes the row active again', async () => {
      await database.query(
        trigger(
          'AFTER UPDATE',
          `IF NOT NEW.active AND NEW.note IS NULL THEN UPDATE t SET active = true, note = 'again' WHERE id = NEW.id; END IF; RETURN NULL;`,
        ),
      );
      await install(database.pool, rule);
      await database.query(insert(1));
      await database.query(`UPDATE t SET active = false`);
      expect(await database.query(`SELECT active FROM t`)).toEqual([{ active: true }]);
      expect(await slotsOf(database, 'r')).toEqual(['1/1 t 1']);
      expect(await refused(insert(1))).toBe(true);
    });

    it('follows a cascade', async () => {
      await database.query(`CREATE TABLE owners (id int PRIMARY KEY); INSERT INTO owners VALUES (1), (2);
        ALTER TABLE t ADD FOREIGN KEY (k) REFERENCES owners ON DELETE CASCADE ON UPDATE CASCADE`);
      await install(database.pool, rule);
      await database.query(insert(1));
      await database.query(`UPDATE owners SET id = 3 WHERE id = 1`);
      expect(await slotsOf(database, 'r')).toEqual(['3/1 t 1']);
      await database.query(`DELETE FROM owners WHERE id = 3`);
      expect(await slotsOf(database, 'r')).toEqual([]);
    });
  });

  it('goes on in a session that has fired the trigger before the table was altered', async () => {
    await database.query(
      `CREATE TABLE t (extra int, id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k int, active bool)`,
    );
    await install(database.pool, rule);
    const session = await database.connect();
    const write = async (key: number): Promise<void> => {
      expect(await isRefused('r', session.query(insert(key)))).toBe(false);
      expect(await isRefused('r', session.query(insert(key)))).toBe(true);
      await session.query(`UPDATE t SET active = false WHERE k = ${key}`);
      expect(await isRefused('r', session.query(insert(key)))).toBe(false);
    };
    for (let round = 0; round < 7; round++) await write(round);
    await database.query(`ALTER TABLE t ADD COLUMN more text DEFAULT 'x'`);
    await write(10);
    await database.query(`ALTER TABLE t DROP COLUMN extra`);
    await write(11);
    await database.query(`ALTER TABLE t ALTER COLUMN k TYPE bigint`);
    await write(12);
    await database.query(`ALTER TABLE t ALTER COLUMN id TYPE bigint`);
    await write(13);
    await database.query(
      `ALTER TABLE t ALTER COLUMN active TYPE int USING active::int; ALTER TABLE t ALTER COLUMN active TYPE bool USING active::int::bool`,
    );
    await write(14);
    await session.end();
  });
});
