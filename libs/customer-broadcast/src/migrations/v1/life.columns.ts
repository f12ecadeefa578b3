import type { InstalledKindWithLife } from '../installed-kind.interface.ts';

/** Without a customer a row would need no slot. */
const NEVER_NULL = ['customer_id', 'status', 'state_changed_at', 'created_at'] as const;

const list = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

/** A customer as a row may have one: 1 to 128 visible ASCII characters, of any collation. */
const CUSTOMER_ID = `octet_length(customer_id) <= 128 AND customer_id COLLATE "C" ~ '^[!-~]+$'`;

/** What Postgres already has of the table. */
export interface TableState {
  /** Its name without a schema, for the names of constraints and indexes. */
  readonly base: string;
  readonly hasRows: boolean;
  readonly hasIdDefault: boolean;
}

/**
 * The statement that gives a table the columns of a life, where it has none of that name. `kind`, `active_customer_id` and
 * `transition` belong to the library. Rows that are there already get no deadline. Frozen at the release of version 1.
 */
export function addLifeColumns(
  kind: InstalledKindWithLife,
  { base, hasRows, hasIdDefault }: TableState,
): string {
  const { name, table, life } = kind;
  const clauses = [
    ...(hasIdDefault ? [] : ['ALTER COLUMN id SET DEFAULT gen_random_uuid()']),
    'ADD COLUMN IF NOT EXISTS customer_id text COLLATE "C" NOT NULL',
    `ADD COLUMN IF NOT EXISTS status text COLLATE "C" NOT NULL DEFAULT '${life.initial}'`,
    `ALTER COLUMN status SET DEFAULT '${life.initial}'`,
    'ADD COLUMN IF NOT EXISTS expires_at timestamptz',
    'ADD COLUMN IF NOT EXISTS state_changed_at timestamptz NOT NULL DEFAULT clock_timestamp()',
    'ADD COLUMN IF NOT EXISTS state_changed_by text COLLATE "C"',
    'ADD COLUMN IF NOT EXISTS state_reason text COLLATE "C"',
    'ADD COLUMN IF NOT EXISTS created_at timestamptz NOT NULL DEFAULT clock_timestamp()',
    ...NEVER_NULL.map((column) => `ALTER COLUMN ${column} SET NOT NULL`),
    `ADD COLUMN kind text COLLATE "C" NOT NULL GENERATED ALWAYS AS ('${name}') STORED`,
    `ADD COLUMN active_customer_id text COLLATE "C" GENERATED ALWAYS AS
       (CASE WHEN status IN (${list(life.active)}) THEN customer_id END) STORED`,
    `ADD COLUMN transition jsonb CONSTRAINT ck_${base}_transition CHECK (transition IS NULL)`,
    `ADD CONSTRAINT ck_${base}_status CHECK (status IN (${list(life.statuses)}))`,
    `ADD CONSTRAINT ck_${base}_customer_id CHECK (${CUSTOMER_ID})`,
    `ADD CONSTRAINT ck_${base}_expires_at CHECK (isfinite(expires_at))`,
    // Of a kind with deadlines each row has one, or it would keep its slot for ever; rows from before may go on without.
    ...(life.expired && !hasRows ? ['ALTER COLUMN expires_at SET NOT NULL'] : []),
  ];
  return `ALTER TABLE ${table} ${clauses.join(', ')}`;
}

/** By a statement of its own: a default in ADD COLUMN would give rows that are there a deadline. */
export function setDeadlineDefault({ table }: InstalledKindWithLife): string {
  return `ALTER TABLE ${table} ALTER COLUMN expires_at SET DEFAULT now() + interval '120 seconds'`;
}

export function lifeIndexes({ table }: InstalledKindWithLife, base: string): readonly string[] {
  return [
    // The second belt of the rule, and the index that serves the check before a create.
    `CREATE UNIQUE INDEX uq_${base}_active_customer ON ${table} (active_customer_id)
       WHERE active_customer_id IS NOT NULL`,
    // Its condition says the same in other words: as both had the same, the check could read every active row by this one.
    `CREATE INDEX ix_${base}_due ON ${table} (expires_at, id) WHERE active_customer_id >= ''`,
    `CREATE INDEX ix_${base}_customer_created ON ${table} (customer_id, created_at DESC, id DESC)`,
  ];
}

export function dropLife({ table }: { readonly table: string }, base: string): readonly string[] {
  return [
    `DROP INDEX ${['uq_%_active_customer', 'ix_%_due', 'ix_%_customer_created']
      .map((name) => inSchemaOf(table) + name.replace('%', base))
      .join(', ')}`,
    `ALTER TABLE ${table}
       DROP CONSTRAINT ck_${base}_status,
       DROP CONSTRAINT ck_${base}_customer_id,
       DROP CONSTRAINT ck_${base}_expires_at,
       DROP COLUMN kind,
       DROP COLUMN active_customer_id,
       DROP COLUMN transition`,
  ];
}

function inSchemaOf(table: string): string {
  const dot = table.lastIndexOf('.');
  return dot === -1 ? '' : table.slice(0, dot + 1);
}
