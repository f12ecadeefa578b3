import { doBlock, LOCK_TIMEOUT } from '../sql/do-block.ts';
import { quoteText } from '../sql/quote.ts';
import type { RuleNames } from '../sql/v1/rule-names.ts';
import { FIRST_RECORDED } from '../sql/v1/schema.sql.ts';

/** So many rows get their slots at once. A writer that meets one waits for milliseconds; 500,000 rows need 250 statements. */
export const BATCH_ROWS = 2000;

/** The statements by which rows that are there get their slots. None locks a table of the application. */
export interface Backfill {
  /** Lists the active rows that have none, in a table of its own. */
  readonly list: string;
  /** Answers with `count`: how many are listed. */
  readonly count: string;
  /** Frees the slots of rows that are not active any more, or not there, and ends the list. */
  readonly sweep: string;
  /** Answers with `missing`: whether an active row has no slot. */
  readonly check: string;
  /** Gives recorded slots the lowest free numbers. A taker that was faster makes it fail (23505): then it is run again. */
  readonly renumber: string;
  /** Gives the rows after `from` their slots. A number that is taken, and a row that got its slot meanwhile, is passed by. */
  batch(from: number): string;
}

export function backfillOf(name: string, names: RuleNames): Backfill {
  const work = names.within(`${name}:backfill`);
  const { slots, rows } = names;
  const hasNone = `NOT EXISTS (SELECT FROM ${slots} s WHERE s.key = a.key AND s.source = a.source AND s.row_id = a.row_id)`;
  return {
    list: doBlock(
      [
        `DROP TABLE IF EXISTS ${work}`,
        `CREATE UNLOGGED TABLE ${work} AS
         SELECT pg_catalog.row_number() OVER (ORDER BY a.key, a.source, a.row_id) AS n,
                pg_catalog.row_number() OVER (PARTITION BY a.key ORDER BY a.source, a.row_id) AS slot,
                a.key, a.source, a.row_id
           FROM ${rows}() a WHERE ${hasNone}`,
        `ALTER TABLE ${work} ADD PRIMARY KEY (n)`,
      ],
      LOCK_TIMEOUT,
    ),
    count: `SELECT coalesce(pg_catalog.max(n), 0)::integer AS count FROM ${work}`,
    batch: (from) => {
      const batch = `${work} a WHERE a.n > ${from} AND a.n <= ${from + BATCH_ROWS}`;
      const insert = `INSERT INTO ${slots} (key, slot, source, row_id)`;
      return doBlock(
        [
          `${insert} SELECT a.key, a.slot, a.source, a.row_id FROM ${batch} ORDER BY a.n ON CONFLICT DO NOTHING`,
          `${insert} SELECT a.key, pg_catalog.nextval(${quoteText(names.numbers)}), a.source, a.row_id
             FROM ${batch} AND ${hasNone} ORDER BY a.n ON CONFLICT DO NOTHING`,
        ],
        LOCK_TIMEOUT,
      );
    },
    sweep: doBlock(
      [
        `DELETE FROM ${slots} s WHERE NOT EXISTS (SELECT FROM ${rows}() a
           WHERE a.key = s.key AND a.source = s.source AND a.row_id = s.row_id)`,
        `DROP TABLE IF EXISTS ${work}`,
      ],
      LOCK_TIMEOUT,
    ),
    check: `SELECT EXISTS (SELECT FROM ${rows}() a WHERE ${hasNone}) AS missing`,
    renumber: doBlock([renumber(slots)], LOCK_TIMEOUT),
  };
}

/** Each of a key's recorded slots gets one of its free numbers: the first the lowest, and so on. */
function renumber(slots: string): string {
  return `UPDATE ${slots} s SET slot = moved.slot FROM (
      SELECT recorded.key, recorded.slot AS recorded_slot, free.slot FROM (
        SELECT key, slot, pg_catalog.row_number() OVER (PARTITION BY key ORDER BY slot) AS place
          FROM ${slots} WHERE slot >= ${FIRST_RECORDED}) recorded
      CROSS JOIN LATERAL (
        SELECT c.slot FROM pg_catalog.generate_series(1,
            (SELECT pg_catalog.count(*)::integer FROM ${slots} every WHERE every.key = recorded.key)) AS c (slot)
         WHERE NOT EXISTS (SELECT FROM ${slots} taken WHERE taken.key = recorded.key AND taken.slot = c.slot)
         ORDER BY c.slot OFFSET recorded.place - 1 LIMIT 1) free) moved
    WHERE s.key = moved.key AND s.slot = moved.recorded_slot`;
}
