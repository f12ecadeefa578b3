import type { Database } from '../database.interface.ts';
import { violationsQuery } from '../install/rows.sql.ts';
import type { Violation } from '../install/violation.interface.ts';
import type { Finding } from './finding.interface.ts';
import * as say from './findings.messages.ts';
import type { Patient } from './trigger.checks.ts';

interface Counted {
  readonly count: number;
  /** Null when there is none. */
  readonly example: string | null;
}

const COUNT = `pg_catalog.count(*)::integer AS count,
  pg_catalog.min(pg_catalog.format('%s %s of key %s', source, row_id, key)) AS example`;

/**
 * Slots and rows that do not belong together. Both are of one snapshot, so that writers beside it do not matter.
 *
 * @param rows a query that gives the active rows
 */
export async function checkSlots(db: Database, { names }: Patient, rows: string): Promise<Finding[]> {
  const missing = await count(
    db,
    `SELECT ${COUNT} FROM (${rows}) a WHERE NOT EXISTS (
       SELECT FROM ${names.slots} s WHERE s.key = a.key AND s.source = a.source AND s.row_id = a.row_id)`,
  );
  const orphaned = await count(
    db,
    `SELECT ${COUNT} FROM ${names.slots} s WHERE NOT EXISTS (
       SELECT FROM (${rows}) a WHERE a.key = s.key AND a.source = s.source AND a.row_id = s.row_id)`,
  );
  return [
    ...(missing.example === null ? [] : [say.slotMissing(missing.count, missing.example)]),
    ...(orphaned.example === null ? [] : [say.slotOrphaned(orphaned.count, orphaned.example)]),
  ];
}

export async function checkViolations(
  db: Database,
  { inspection }: Patient,
  rows: string,
): Promise<Finding[]> {
  const found = (await db.query(violationsQuery(rows, inspection.types))).rows as Violation[];
  const [first] = found;
  if (!first) return [];
  const held = first.rows.map(({ table, id }) => `${table} ${id}`).join(', ');
  return [say.violations(found.length, `${first.key}: ${held}`)];
}

async function count(db: Database, query: string): Promise<Counted> {
  const { rows } = await db.query(query);
  return (rows as Counted[])[0] ?? { count: 0, example: null };
}
