import type { Rule } from '../../rule.ts';
import { quoteBody, quoteText } from '../quote.ts';
import type { RuleNames } from './rule-names.ts';
import { bare, type SlotTypes } from './schema.sql.ts';

/**
 * Settings of every function that touches the slots. Its plans are kept by a session: one made while the slots were few would
 * read all of them for each row when they are many.
 */
export const SLOT_SETTINGS = 'SET enable_seqscan = off';

/**
 * The functions that take a slot one by one: `take` refuses above the number, `record` never does. They are called by the
 * rule's own triggers only.
 *
 * @param noted whether `record` notes what `take` would have refused
 */
export function takeFunctions(
  rule: Rule,
  names: RuleNames,
  types: SlotTypes,
  noted: boolean,
): readonly string[] {
  const [key, row] = [bare(types.key), bare(types.rowId)];
  const parameters = `(wanted_key ${key}, allowed integer, of_source text, of_row ${row})`;
  const signature = `(${key}, integer, text, ${row})`;
  const create = (name: string, head: string, body: string): string =>
    `CREATE OR REPLACE FUNCTION ${name}${head} LANGUAGE plpgsql
       SECURITY DEFINER SET search_path = pg_catalog, pg_temp ${SLOT_SETTINGS} AS ${quoteBody(body)}`;
  return [
    create(names.refuse, `(wanted_key ${key}, allowed integer) RETURNS integer`, refuseBody(rule, names)),
    create(names.take, `${parameters} RETURNS void`, takeBody(rule, names)),
    create(names.record, `${parameters} RETURNS void`, recordBody(rule, names, noted)),
    `REVOKE EXECUTE ON FUNCTION ${names.refuse}(${key}, integer), ${names.take}${signature}, ${names.record}${signature} FROM PUBLIC`,
  ];
}

/** As the primary key itself would say it, so that a caller needs to know one refusal only. */
function refuseBody(rule: Rule, names: RuleNames): string {
  return `
  DECLARE held integer;
  BEGIN
    SELECT pg_catalog.count(*) INTO held FROM ${names.slots} s WHERE s.key = wanted_key;
    RAISE EXCEPTION USING ERRCODE = 'unique_violation', CONSTRAINT = ${quoteText(names.primaryKey)},
      SCHEMA = ${quoteText(rule.schema)}, TABLE = ${quoteText(rule.name)},
      MESSAGE = pg_catalog.format(${quoteText(`rule "${rule.name}": key %s has %s active, %s allowed`)},
        wanted_key, held, coalesce(allowed::text, 'no number')),
      DETAIL = pg_catalog.format('Key (key, slot)=(%s, %s) already exists.', wanted_key, greatest(allowed, 1)),
      HINT = 'End an active row of this key first.';
  END`;
}

/**
 * Always the lowest free number: of two whose snapshots miss each other, the primary key refuses the second. Under REPEATABLE
 * READ, ON CONFLICT tells it to start again (40001).
 */
function takeBody(rule: Rule, names: RuleNames): string {
  return `
  DECLARE held integer; free integer;
  BEGIN
    ${passGate(rule, names)}
    LOOP
      SELECT (SELECT pg_catalog.count(*) FROM ${names.slots} s WHERE s.key = wanted_key),
             (SELECT pg_catalog.min(c.slot) FROM (
                SELECT 1 AS slot UNION ALL SELECT s.slot + 1 FROM ${names.slots} s WHERE s.key = wanted_key) c
               WHERE NOT EXISTS (SELECT FROM ${names.slots} s WHERE s.key = wanted_key AND s.slot = c.slot))
        INTO held, free;
      IF allowed IS NULL OR held >= allowed THEN
        PERFORM ${names.refuse}(wanted_key, allowed);
      END IF;
      INSERT INTO ${names.slots} (key, slot, source, row_id) VALUES (wanted_key, free, of_source, of_row)
        ON CONFLICT (key, slot) DO NOTHING;
      EXIT WHEN FOUND;
    END LOOP;
  END`;
}

/**
 * Where each row says its own number, the primary key does not bound the count. A row and not an advisory lock: a snapshot
 * older than the last taker fails, and a bulk load needs no lock memory.
 */
function passGate(rule: Rule, names: RuleNames): string {
  if (typeof rule.slots === 'number') return '';
  return `INSERT INTO ${names.gate} AS gate (key, passed) VALUES (wanted_key, 1)
      ON CONFLICT (key) DO UPDATE SET passed = gate.passed + 1;`;
}

/**
 * PL/pgSQL that removes the gate of a key without slots. In READ COMMITTED only: an older snapshot would fail here, and a row
 * that ends is never refused. A gate in use is left to its user.
 *
 * @param key PL/pgSQL for the key
 */
export function closeGate({ slots }: Rule, names: RuleNames, key: string): string {
  if (typeof slots === 'number') return '';
  return `
      IF pg_catalog.current_setting('transaction_isolation') = 'read committed' THEN
        PERFORM FROM ${names.gate} g WHERE g.key = ${key} FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
          DELETE FROM ${names.gate} g WHERE g.key = ${key} AND NOT EXISTS (SELECT FROM ${names.slots} s WHERE s.key = ${key});
        END IF;
      END IF;`;
}

/** A row may have its slot already: the install has given it one before its writer became active again. */
function recordBody(rule: Rule, names: RuleNames, noted: boolean): string {
  return `
  DECLARE held integer;
  BEGIN
    ${noted ? noteAbove(rule, names) : ''}
    INSERT INTO ${names.slots} (key, slot, source, row_id)
      VALUES (wanted_key, pg_catalog.nextval(${quoteText(names.numbers)}), of_source, of_row)
      ON CONFLICT (key, source, row_id) DO NOTHING;
  END`;
}

function noteAbove(rule: Rule, names: RuleNames): string {
  return `SELECT pg_catalog.count(*) INTO held FROM ${names.slots} s WHERE s.key = wanted_key;
    IF allowed IS NULL OR held >= allowed THEN
      INSERT INTO ${names.observed} (rule, source, key, row_id)
      VALUES (${quoteText(rule.name)}, of_source, wanted_key::text, of_row::text);
    END IF;`;
}

/**
 * Takes the only slot of each row that a query gives, in one statement. The primary key refuses, and waits for a transaction
 * that races. A key whose old violators hold higher numbers is refused until none is left.
 *
 * @param rows a query with the columns `key` and `row_id`, in the order in which they are taken
 */
export function takeOnly(names: RuleNames, source: string, rows: string): string {
  return `INSERT INTO ${names.slots} (key, slot, source, row_id)
    SELECT wanted.key,
           CASE WHEN EXISTS (SELECT FROM ${names.slots} above WHERE above.key = wanted.key AND above.slot > 1)
                THEN ${names.refuse}(wanted.key, 1) ELSE 1 END,
           ${quoteText(source)}, wanted.row_id
      FROM (${rows}) wanted`;
}
