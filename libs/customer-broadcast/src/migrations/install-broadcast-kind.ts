import { install, uninstall, type Violation } from 'single-active';
import { fromTypeOrm } from 'single-active/typeorm';
import type { QueryRunner } from 'typeorm';
import { hasLife, type InstalledKind, type InstalledKindWithLife } from './installed-kind.interface.ts';
import { type InstalledKindRow, listInstalledKinds, ruleOver } from './installed-kinds.ts';
import { guardedTableOf, requireValid } from './installed-kind.validation.ts';
import { dropSlotsView, rebuildActiveBroadcasts } from './v1/active-broadcasts.view.ts';
import {
  addLifeColumns,
  dropLife,
  lifeIndexes,
  setDeadlineDefault,
  type TableState,
} from './v1/life.columns.ts';
import { TRIGGER_NAMES, triggersOf } from './v1/trigger-functions.ts';

/** Of customers with more than one active row, so many are named. */
const LISTED = 10;

/**
 * Puts the table of a kind under the rule "one active broadcast per customer", for every writer. Call it in a migration,
 * after the table is created.
 *
 * A kind with a `life` gets columns, constraints, indexes and triggers for its statuses, deadline, history and events, where
 * its table has none of that name: `customer_id`, `status`, `expires_at`, `state_changed_at`, `state_changed_by`,
 * `state_reason`, `created_at`; and `kind`, `active_customer_id` and `transition`, which belong to the library. That rewrites
 * the table. Rows that are there get no deadline. `transition` is write-only: an update of `status` may say in it who and why
 * (`{"by": …, "reason": …}`); without it the history names the database role. It is refused in an insert, where the next
 * update would be taken for that author's.
 *
 * The table of a kind without a life stays as it is, and readers and writers go on. Rows that break the rule keep their
 * slots, and a new one is refused until the customer has none.
 *
 * @throws Error when a name, a status or a column is not valid; it names the field and the remedy, and nothing is changed
 * @example
 * await queryRunner.query('CREATE TABLE parcels (id uuid PRIMARY KEY, label text)');
 * await installBroadcastKind(queryRunner, { name: 'parcel', table: 'parcels', route: '/v1/parcels', life: PARCEL_LIFE });
 * @see docs/decisions/0001-the-slot-lives-in-postgres.md
 * @publicApi
 */
export async function installBroadcastKind(queryRunner: QueryRunner, kind: InstalledKind): Promise<void> {
  requireValid(kind);
  if (hasLife(kind)) await addLife(queryRunner, kind);
  await queryRunner.query(
    'INSERT INTO customer_broadcast_kinds (name, table_name, route, guarded, life) VALUES ($1, $2, $3, $4, $5)',
    [
      kind.name,
      kind.table,
      kind.route,
      JSON.stringify(guardedTableOf(kind)),
      hasLife(kind) ? JSON.stringify(kind.life) : null,
    ],
  );
  const { violations } = await install(
    fromTypeOrm(queryRunner),
    ruleOver(await listInstalledKinds(queryRunner)),
  );
  if (hasLife(kind)) {
    refuseViolations(kind, violations);
    const { base } = await stateOf(queryRunner, kind.table);
    for (const statement of lifeIndexes(kind, base)) await queryRunner.query(statement);
  }
  await rebuildActiveBroadcasts(queryRunner);
}

/**
 * Takes a kind out again, for the `down` of a migration: everything that the library reads or enforces, and the columns
 * that belong to it. The other columns and the rows stay; active rows of the kind no longer block their customers. The
 * kind can be installed again.
 *
 * @param kind by its name
 * @publicApi
 */
export async function uninstallBroadcastKind(
  queryRunner: QueryRunner,
  { name }: Pick<InstalledKind, 'name'>,
): Promise<void> {
  const before = await listInstalledKinds(queryRunner);
  const gone = before.find((kind) => kind.name === name);
  if (!gone) throw new Error(`The kind '${name}' is not installed; nothing was changed.`);
  await queryRunner.query('DELETE FROM customer_broadcast_kinds WHERE name = $1', [name]);
  const left = before.filter((kind) => kind.name !== name);
  if (left.length === 0) await dropSlotsView(queryRunner);
  await rebuildActiveBroadcasts(queryRunner);
  const database = fromTypeOrm(queryRunner);
  if (left.length === 0) await uninstall(database, ruleOver(before));
  else await install(database, ruleOver(left));
  if (gone.life) await removeLife(queryRunner, gone);
}

async function addLife(queryRunner: QueryRunner, kind: InstalledKindWithLife): Promise<void> {
  const state = await stateOf(queryRunner, kind.table);
  await queryRunner.query(addLifeColumns(kind, state));
  if (kind.life.expired) await queryRunner.query(setDeadlineDefault(kind));
  for (const statement of triggersOf(kind.table, kind.life.cancelled)) await queryRunner.query(statement);
}

/** The unique index of its table, which comes last, would name one row only. */
function refuseViolations({ name }: InstalledKindWithLife, violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  const listed = violations
    .slice(0, LISTED)
    .map(({ key, rows }) => `'${key}': ${rows.map(({ table, id }) => `${table} ${id}`).join(', ')}`);
  const more = violations.length - listed.length;
  throw new Error(
    `The kind '${name}' cannot be installed: ${violations.length} customer(s) have more than one active row. ` +
      `End all but one of each. ${listed.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
  );
}

async function removeLife(queryRunner: QueryRunner, { table }: InstalledKindRow): Promise<void> {
  const { base } = await stateOf(queryRunner, table);
  for (const trigger of TRIGGER_NAMES) await queryRunner.query(`DROP TRIGGER ${trigger} ON ${table}`);
  for (const statement of dropLife({ table }, base)) await queryRunner.query(statement);
}

async function stateOf(queryRunner: QueryRunner, table: string): Promise<TableState> {
  const [row] = (await queryRunner.query(
    `SELECT relname AS base, EXISTS (SELECT FROM ${table}) AS "hasRows",
            EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'id' AND (a.atthasdef OR a.attidentity <> '')) AS "hasIdDefault"
       FROM pg_class c WHERE oid = $1::regclass`,
    [table],
  )) as [TableState];
  return row;
}
