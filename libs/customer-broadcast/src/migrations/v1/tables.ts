/**
 * Version 1 of what the library keeps of its own. Frozen at its release: a later version is added beside it.
 *
 * Text is `COLLATE "C"` everywhere: an index that sorts by the locale of the database no longer finds its rows when the
 * locale data of the system changes.
 */
export const TABLES: readonly string[] = [
  // `life` is what a kind has declared of its statuses; null: the kind is guarded, and nothing more.
  `CREATE TABLE customer_broadcast_kinds (
     name text COLLATE "C" CONSTRAINT pk_customer_broadcast_kinds PRIMARY KEY,
     table_name text COLLATE "C" NOT NULL CONSTRAINT uq_customer_broadcast_kinds_table UNIQUE,
     route text COLLATE "C" NOT NULL,
     guarded jsonb NOT NULL,
     life jsonb)`,
  `CREATE TABLE customer_broadcast_transitions (
     id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_customer_broadcast_transitions PRIMARY KEY,
     kind text COLLATE "C" NOT NULL,
     broadcast_id uuid NOT NULL,
     customer_id text COLLATE "C" NOT NULL,
     from_status text COLLATE "C",
     to_status text COLLATE "C" NOT NULL,
     changed_at timestamptz NOT NULL,
     changed_by text COLLATE "C" NOT NULL,
     reason text COLLATE "C")`,
  'CREATE INDEX ix_customer_broadcast_transitions_broadcast ON customer_broadcast_transitions (broadcast_id, id)',
  // Serves the live view's question "what has this customer missed since this id?".
  'CREATE INDEX ix_customer_broadcast_transitions_customer ON customer_broadcast_transitions (customer_id, id)',
  `CREATE TABLE customer_broadcast_outbox (
     id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_customer_broadcast_outbox PRIMARY KEY,
     event_id uuid NOT NULL DEFAULT gen_random_uuid(),
     type text COLLATE "C" NOT NULL CONSTRAINT ck_customer_broadcast_outbox_type CHECK (type IN ('opened', 'terminal')),
     kind text COLLATE "C" NOT NULL,
     broadcast_id uuid NOT NULL,
     customer_id text COLLATE "C" NOT NULL,
     status text COLLATE "C" NOT NULL,
     occurred_at timestamptz NOT NULL,
     attempts integer NOT NULL DEFAULT 0,
     available_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     claimed_by uuid,
     delivered_at timestamptz)`,
  // `id + 0` is in one index alone, that of what is to be delivered: the primary key cannot stand in for it.
  `CREATE INDEX ix_customer_broadcast_outbox_due ON customer_broadcast_outbox ((id + 0)) WHERE delivered_at IS NULL`,
  // Serves the relay's question "is an earlier event of this broadcast still waiting?". Over all rows: of an index that was
  // empty when Postgres last looked it believes that reading it whole costs nothing, and does so for each row of a backlog.
  'CREATE INDEX ix_customer_broadcast_outbox_broadcast ON customer_broadcast_outbox (broadcast_id, id)',
  // After so many rows Postgres cleans the outbox, however large it is: its default is a fifth of all rows.
  `ALTER TABLE customer_broadcast_outbox
     SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)`,
  // Written in the transaction of the effect, so there is no state "begun". json and not jsonb: the fields of a replayed
  // body come in the order of the first one.
  `CREATE TABLE customer_broadcast_idempotency_keys (
     actor_id text COLLATE "C" NOT NULL,
     route text COLLATE "C" NOT NULL,
     key text COLLATE "C" NOT NULL,
     request_hash bytea NOT NULL,
     status smallint,
     headers json NOT NULL,
     body json,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT pk_customer_broadcast_idempotency_keys PRIMARY KEY (actor_id, route, key))`,
  `CREATE INDEX ix_customer_broadcast_idempotency_keys_created
     ON customer_broadcast_idempotency_keys (created_at)`,
];

export const DROP_TABLES = `DROP TABLE customer_broadcast_idempotency_keys, customer_broadcast_outbox,
  customer_broadcast_transitions, customer_broadcast_kinds`;
