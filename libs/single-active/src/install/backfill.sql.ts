import type { Rule } from '../rule.ts';
import { doBlock } from '../sql/do-block.ts';
import type { RuleNames } from '../sql/v1/rule-names.ts';
import type { SlotTypes } from '../sql/v1/schema.sql.ts';
import type { InspectedTable } from './inspect.ts';
import { activeRows } from './rows.sql.ts';

/** So many rows get their slots at once: a writer of one of their keys waits for no more. */
const BATCH = 1000;

/** The statements by which rows that are there get their slots. */
export interface Backfill {
  /** Lists the active rows that have none, in a table of its own. */
  readonly list: string;
  /** Gives the next of them their slots. Answers with `left`; to be repeated until it is 0. */
  readonly batch: string;
  readonly dropList: string;
  /** Frees the slots of rows that are not active any more, or not there. */
  readonly sweep: string;
  /** Answers with `missing`: whether an active row has no slot. */
  readonly check: string;
}

export function backfillOf(
  rule: Rule,
  names: RuleNames,
  types: SlotTypes,
  tables: readonly InspectedTable[],
): Backfill {
  const work = names.within(`${rule.name}:backfill`);
  const active = tables.map((table) => activeRows(table, types)).join('\nUNION ALL\n');
  const sources = tables.map(({ table }) => `'${table.as.replaceAll("'", "''")}'`).join(', ');
  const hasNone = `NOT EXISTS (SELECT FROM ${names.slots} s
      WHERE s.key = a.key AND s.source = a.source AND s.row_id = a.row_id)`;
  return {
    list: doBlock([
      `DROP TABLE IF EXISTS ${work}`,
      `CREATE UNLOGGED TABLE ${work} AS
         SELECT pg_catalog.row_number() OVER (ORDER BY a.key, a.source, a.row_id) AS n, a.* FROM (${active}) a WHERE ${hasNone}`,
      `ALTER TABLE ${work} ADD PRIMARY KEY (n)`,
    ]),
    batch: `WITH batch AS (
        DELETE FROM ${work} WHERE n IN (SELECT n FROM ${work} ORDER BY n LIMIT ${BATCH}) RETURNING key, source, row_id
      ), taken AS (
        INSERT INTO ${names.slots} (key, slot, source, row_id)
        SELECT key, coalesce((SELECT max(s.slot) FROM ${names.slots} s WHERE s.key = batch.key), 0)
                      + row_number() OVER (PARTITION BY key ORDER BY source, row_id), source, row_id
          FROM batch ORDER BY key
        ON CONFLICT DO NOTHING
      )
      SELECT count(*)::integer AS "left" FROM batch`,
    dropList: `DROP TABLE IF EXISTS ${work}`,
    sweep: `DELETE FROM ${names.slots} a WHERE a.source IN (${sources})
      AND NOT EXISTS (SELECT FROM (${active}) r WHERE r.key = a.key AND r.source = a.source AND r.row_id = a.row_id)`,
    check: `SELECT EXISTS (SELECT FROM (${active}) a WHERE ${hasNone}) AS missing`,
  };
}
