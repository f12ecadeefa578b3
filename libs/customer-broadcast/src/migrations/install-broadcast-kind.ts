import type { QueryRunner } from 'typeorm';
import { CUSTOMER_ID_CONDITION, WITH_DEADLINE } from '../customer-broadcast.constants.ts';
import { ACTIVE_STATUSES, BROADCAST_STATUSES } from '../lifecycle/broadcast-status.ts';
import { rebuildActiveBroadcasts } from './active-broadcasts.view.ts';

/** What the database is told of a kind. @publicApi */
export interface InstalledKind {
  /** Name of the kind, as in events and answers: lower-case letters, digits and `_`. */
  readonly name: string;
  /** Its table, which exists and has `id uuid PRIMARY KEY`. */
  readonly table: string;
  /** Path of its HTTP resource, from which the cancel link is made. @example '/v1/parcels' */
  readonly route: string;
}

const IDENTIFIER = /^[a-z][a-z0-9_]{0,39}$/;
/** Without a customer a row would need no slot, and without a deadline it would keep it for ever. */
const NEVER_NULL = [
  'customer_id',
  'status',
  'trucks_needed',
  'trucks_filled',
  'expires_at',
  'state_changed_at',
  'created_at',
];
const list = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

/**
 * Puts the table of a kind under the rule "one active broadcast per customer", for every writer: columns, constraints,
 * indexes and triggers, and the view `active_broadcasts` with the new kind in it. Call it in a migration, after the
 * table is created. The existing rows, if any, must obey the rule; otherwise it throws and the migration rolls back.
 *
 * Adds the columns `customer_id`, `status`, `trucks_needed`, `trucks_filled`, `expires_at`, `state_changed_at`,
 * `state_changed_by`, `state_reason`, `notified`, `created_at` where the table has none of that name (one it has may be
 * null no longer, except the middle three), and `kind`, `active_customer_id` and `transition`, which belong to the library. `transition` is write-only: an update of `status`
 * may say in it who and why (`{"by": …, "reason": …}`); without it the history names the database role. It is empty again
 * before the row is stored, and refused in an insert, where the next update would be taken for that author's.
 *
 * @throws Error when a name is not a plain identifier; nothing is changed then.
 * @example
 * await queryRunner.query('CREATE TABLE parcels (id uuid PRIMARY KEY, label text)');
 * await installBroadcastKind(queryRunner, { name: 'parcel', table: 'parcels', route: '/v1/parcels' });
 * @see docs/decisions/0001-the-slot-lives-in-postgres.md
 * @publicApi
 */
export async function installBroadcastKind(queryRunner: QueryRunner, kind: InstalledKind): Promise<void> {
  const { name, table, route } = kind;
  if (!IDENTIFIER.test(name))
    throw new Error(`Kind name '${name}' is not valid: use a-z, 0-9 and _, e.g. 'parcel'.`);
  if (!IDENTIFIER.test(table))
    throw new Error(`Table '${table}' is not valid: use a-z, 0-9 and _, e.g. 'parcels'.`);
  if (!/^\/[\w/-]{1,100}$/.test(route))
    throw new Error(`Route '${route}' is not valid: use a path, e.g. '/v1/parcels'.`);

  await queryRunner.query(`
    ALTER TABLE ${table}
      ALTER COLUMN id SET DEFAULT gen_random_uuid(),
      ADD COLUMN IF NOT EXISTS customer_id text COLLATE "C" NOT NULL,
      ADD COLUMN IF NOT EXISTS status text COLLATE "C" NOT NULL DEFAULT 'created',
      ADD COLUMN IF NOT EXISTS trucks_needed integer NOT NULL DEFAULT 1,
      ADD COLUMN IF NOT EXISTS trucks_filled integer NOT NULL DEFAULT 0,
      ADD COLUMN IF NOT EXISTS expires_at timestamptz NOT NULL DEFAULT now() + interval '120 seconds',
      ADD COLUMN IF NOT EXISTS state_changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      ADD COLUMN IF NOT EXISTS state_changed_by text COLLATE "C",
      ADD COLUMN IF NOT EXISTS state_reason text COLLATE "C",
      ADD COLUMN IF NOT EXISTS notified integer,
      ADD COLUMN IF NOT EXISTS created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      ${NEVER_NULL.map((column) => `ALTER COLUMN ${column} SET NOT NULL,`).join(' ')}
      ADD COLUMN kind text COLLATE "C" NOT NULL GENERATED ALWAYS AS ('${name}') STORED,
      ADD COLUMN active_customer_id text COLLATE "C" GENERATED ALWAYS AS
        (CASE WHEN status IN (${list(ACTIVE_STATUSES)}) THEN customer_id END) STORED,
      ADD COLUMN transition jsonb CONSTRAINT ck_${table}_transition CHECK (transition IS NULL),
      ADD CONSTRAINT ck_${table}_status CHECK (status IN (${list(BROADCAST_STATUSES)})),
      ADD CONSTRAINT ck_${table}_customer_id CHECK (${CUSTOMER_ID_CONDITION}),
      ADD CONSTRAINT ck_${table}_trucks CHECK (trucks_needed >= 1 AND trucks_filled BETWEEN 0 AND trucks_needed)`);
  // The second belt of the rule, and the index that serves the check before a create.
  await queryRunner.query(`CREATE UNIQUE INDEX uq_${table}_active_customer ON ${table} (active_customer_id)
    WHERE active_customer_id IS NOT NULL`);
  await queryRunner.query(`CREATE INDEX ix_${table}_due ON ${table} (expires_at, id)
    WHERE ${WITH_DEADLINE}`);
  await queryRunner.query(
    `CREATE INDEX ix_${table}_customer_created ON ${table} (customer_id, created_at DESC, id DESC)`,
  );

  await queryRunner.query(`INSERT INTO customer_broadcast_slots (customer_id, kind, broadcast_id)
    SELECT active_customer_id, kind, id FROM ${table} WHERE active_customer_id IS NOT NULL ORDER BY active_customer_id`);
  // Deferred: Postgres fires row triggers, a foreign key's included, before the statement triggers that take the slot.
  await queryRunner.query(`ALTER TABLE ${table} ADD CONSTRAINT fk_${table}_slot
    FOREIGN KEY (active_customer_id, kind, id)
    REFERENCES customer_broadcast_slots (customer_id, kind, broadcast_id) DEFERRABLE INITIALLY DEFERRED`);
  for (const statement of triggersOf(kind)) await queryRunner.query(statement);

  await queryRunner.query(
    'INSERT INTO customer_broadcast_kinds (name, table_name, route) VALUES ($1, $2, $3)',
    [name, table, route],
  );
  await rebuildActiveBroadcasts(queryRunner);
}

/**
 * Takes a kind out again, for the `down` of a migration: everything that the library reads or enforces, and the columns
 * that belong to it. The other columns and the rows stay; active rows of the kind no longer block their customers. The
 * kind can be installed again.
 *
 * @publicApi
 */
export async function uninstallBroadcastKind(queryRunner: QueryRunner, kind: InstalledKind): Promise<void> {
  const { name, table } = kind;
  await queryRunner.query('DELETE FROM customer_broadcast_kinds WHERE name = $1', [name]);
  await rebuildActiveBroadcasts(queryRunner);
  for (const trigger of TRIGGER_NAMES) await queryRunner.query(`DROP TRIGGER ${trigger} ON ${table}`);
  await queryRunner.query(
    `DROP INDEX uq_${table}_active_customer, ix_${table}_due, ix_${table}_customer_created`,
  );
  await queryRunner.query(`
    ALTER TABLE ${table}
      DROP CONSTRAINT fk_${table}_slot,
      DROP CONSTRAINT ck_${table}_status,
      DROP CONSTRAINT ck_${table}_customer_id,
      DROP CONSTRAINT ck_${table}_trucks,
      DROP COLUMN kind,
      DROP COLUMN active_customer_id,
      DROP COLUMN transition`);
  await queryRunner.query('DELETE FROM customer_broadcast_slots WHERE kind = $1', [name]);
}

const TRIGGER_NAMES = [
  'customer_broadcast_stamp',
  'customer_broadcast_insert',
  'customer_broadcast_update',
  'customer_broadcast_delete',
  'customer_broadcast_truncate',
];

/** ENABLE ALWAYS: `session_replication_role = replica` would otherwise pass the rule by. */
function triggersOf({ name, table }: InstalledKind): string[] {
  return [
    `CREATE TRIGGER customer_broadcast_stamp BEFORE UPDATE ON ${table} FOR EACH ROW
       WHEN (OLD.status IS DISTINCT FROM NEW.status OR NEW.transition IS NOT NULL)
       EXECUTE FUNCTION customer_broadcast_stamp()`,
    `CREATE TRIGGER customer_broadcast_insert AFTER INSERT ON ${table} REFERENCING NEW TABLE AS new_rows
       FOR EACH STATEMENT EXECUTE FUNCTION customer_broadcast_after_insert()`,
    `CREATE TRIGGER customer_broadcast_update AFTER UPDATE ON ${table}
       REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
       FOR EACH STATEMENT EXECUTE FUNCTION customer_broadcast_after_update()`,
    `CREATE TRIGGER customer_broadcast_delete AFTER DELETE ON ${table} REFERENCING OLD TABLE AS old_rows
       FOR EACH STATEMENT EXECUTE FUNCTION customer_broadcast_after_delete()`,
    `CREATE TRIGGER customer_broadcast_truncate AFTER TRUNCATE ON ${table}
       FOR EACH STATEMENT EXECUTE FUNCTION customer_broadcast_after_truncate('${name}')`,
    ...TRIGGER_NAMES.map((trigger) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`),
  ];
}
