import type { MigrationInterface, QueryRunner } from 'typeorm';
import { currentSchema, rebuildActiveBroadcasts } from './active-broadcasts.view.ts';

/** Slots, history, outbox, acceptances and the trigger functions that every kind's table uses. */
export class CreateCustomerBroadcast1763800000000 implements MigrationInterface {
  readonly name = 'CreateCustomerBroadcast1763800000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = await currentSchema(queryRunner);
    for (const statement of TABLES) await queryRunner.query(statement);
    for (const statement of functions(schema)) await queryRunner.query(statement);
    await rebuildActiveBroadcasts(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP VIEW active_broadcasts');
    await queryRunner.query('DROP FUNCTION IF EXISTS cancel_active_broadcasts(text, jsonb)');
    await queryRunner.query(`DROP FUNCTION expire_overdue_broadcasts(text, jsonb), customer_broadcast_stamp(),
      customer_broadcast_after_insert(), customer_broadcast_after_update(), customer_broadcast_after_delete(),
      customer_broadcast_after_truncate()`);
    await queryRunner.query(`DROP TABLE customer_broadcast_acceptances, customer_broadcast_outbox,
      customer_broadcast_transitions, customer_broadcast_slots, customer_broadcast_kinds`);
  }
}

const TABLES = [
  `CREATE TABLE customer_broadcast_kinds (
     name text COLLATE "C" CONSTRAINT pk_customer_broadcast_kinds PRIMARY KEY,
     table_name text COLLATE "C" NOT NULL CONSTRAINT uq_customer_broadcast_kinds_table UNIQUE,
     route text COLLATE "C" NOT NULL)`,
  // The primary key is the rule. The unique triple is what the foreign key of each kind's table points at.
  `CREATE TABLE customer_broadcast_slots (
     customer_id text COLLATE "C" CONSTRAINT pk_customer_broadcast_slots PRIMARY KEY,
     kind text COLLATE "C" NOT NULL,
     broadcast_id uuid NOT NULL,
     taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT uq_customer_broadcast_slots_broadcast UNIQUE (customer_id, kind, broadcast_id))`,
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
  // Two small indexes over what is still to be delivered: in the order of claiming, and "is an earlier one waiting?".
  `CREATE INDEX ix_customer_broadcast_outbox_undelivered ON customer_broadcast_outbox (id) WHERE delivered_at IS NULL`,
  `CREATE INDEX ix_customer_broadcast_outbox_order ON customer_broadcast_outbox (broadcast_id, id)
     WHERE delivered_at IS NULL`,
  // item_id is the nil UUID for kinds without items, so that the key can say "one acceptance per transporter and item".
  `CREATE TABLE customer_broadcast_acceptances (
     kind text COLLATE "C" NOT NULL,
     broadcast_id uuid NOT NULL,
     item_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
     transporter_id text COLLATE "C" NOT NULL,
     trucks integer NOT NULL CONSTRAINT ck_customer_broadcast_acceptances_trucks CHECK (trucks >= 1),
     accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT pk_customer_broadcast_acceptances PRIMARY KEY (broadcast_id, item_id, transporter_id, kind))`,
];

/**
 * The trigger functions. They are SECURITY DEFINER, so that a writer needs rights on its own table only, and pin their
 * search path. `enable_seqscan = off`: a session keeps the plan of the first call, when the slot table may have been
 * empty and a sequential scan looked cheap; it would then scan the whole table for every freed slot.
 */
function functions(schema: string): string[] {
  const head = (name: string, settings = ''): string => `CREATE FUNCTION ${name}() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp ${settings} AS $$`;
  return [
    // Not SECURITY DEFINER: session_user is wanted, and it touches no table.
    `CREATE FUNCTION customer_broadcast_stamp() RETURNS trigger
     LANGUAGE plpgsql SET search_path = ${schema}, pg_temp AS $$
     BEGIN
       IF NEW.status IS DISTINCT FROM OLD.status THEN
         NEW.state_changed_at := clock_timestamp();
         NEW.state_changed_by := coalesce(NEW.transition ->> 'by', 'sql:' || session_user);
         NEW.state_reason := NEW.transition ->> 'reason';
       END IF;
       NEW.transition := NULL;
       RETURN NEW;
     END $$`,

    `${head('customer_broadcast_after_insert')}
     BEGIN
       INSERT INTO customer_broadcast_slots (customer_id, kind, broadcast_id)
       SELECT active_customer_id, kind, id FROM new_rows WHERE active_customer_id IS NOT NULL
        ORDER BY active_customer_id;
       INSERT INTO customer_broadcast_transitions
         (kind, broadcast_id, customer_id, from_status, to_status, changed_at, changed_by, reason)
       SELECT kind, id, customer_id, NULL, status, state_changed_at,
              coalesce(state_changed_by, 'sql:' || session_user), state_reason
         FROM new_rows;
       INSERT INTO customer_broadcast_outbox (type, kind, broadcast_id, customer_id, status, occurred_at)
       SELECT 'opened', kind, id, customer_id, status, state_changed_at FROM new_rows
        WHERE active_customer_id IS NOT NULL;
       RETURN NULL;
     END $$`,

    // Old and new rows are paired by GROUP BY and not by a join: a plan kept from a one-row update would be a nested
    // loop over both, and a batch of thousands would pay for it.
    `${head('customer_broadcast_after_update', 'SET enable_seqscan = off')}
     BEGIN
       IF NOT EXISTS (SELECT id, customer_id, status FROM new_rows
                      EXCEPT SELECT id, customer_id, status FROM old_rows) THEN
         RETURN NULL;
       END IF;
       WITH versions AS (
         SELECT true AS is_new, id, kind, customer_id, status, active_customer_id, state_changed_at, state_changed_by,
                state_reason FROM new_rows
         UNION ALL
         SELECT false, id, kind, customer_id, status, active_customer_id, NULL, NULL, NULL FROM old_rows
       ), changed AS (
         SELECT id, kind,
                max(customer_id) FILTER (WHERE is_new) AS customer_id,
                max(status) FILTER (WHERE NOT is_new) AS from_status,
                max(status) FILTER (WHERE is_new) AS to_status,
                bool_or(active_customer_id IS NOT NULL) FILTER (WHERE NOT is_new) AS was_active,
                bool_or(active_customer_id IS NOT NULL) FILTER (WHERE is_new) AS is_active,
                max(state_changed_at) AS changed_at, max(state_changed_by) AS changed_by, max(state_reason) AS reason
           FROM versions GROUP BY id, kind
       ), moved AS (
         SELECT * FROM changed
          WHERE from_status IS NOT NULL AND to_status IS NOT NULL AND from_status IS DISTINCT FROM to_status
       ), history AS (
         INSERT INTO customer_broadcast_transitions
           (kind, broadcast_id, customer_id, from_status, to_status, changed_at, changed_by, reason)
         SELECT kind, id, customer_id, from_status, to_status, changed_at, changed_by, reason FROM moved
       )
       INSERT INTO customer_broadcast_outbox (type, kind, broadcast_id, customer_id, status, occurred_at)
       SELECT CASE WHEN is_active THEN 'opened' ELSE 'terminal' END, kind, id, customer_id, to_status, changed_at
         FROM moved WHERE was_active IS DISTINCT FROM is_active;

       DELETE FROM customer_broadcast_slots s
        USING (SELECT active_customer_id, kind, id FROM old_rows WHERE active_customer_id IS NOT NULL
               EXCEPT SELECT active_customer_id, kind, id FROM new_rows) freed
        WHERE s.customer_id = freed.active_customer_id AND s.kind = freed.kind AND s.broadcast_id = freed.id;

       INSERT INTO customer_broadcast_slots (customer_id, kind, broadcast_id)
       SELECT active_customer_id, kind, id FROM new_rows WHERE active_customer_id IS NOT NULL
       EXCEPT SELECT active_customer_id, kind, id FROM old_rows
        ORDER BY 1;
       RETURN NULL;
     END $$`,

    `${head('customer_broadcast_after_delete', 'SET enable_seqscan = off')}
     BEGIN
       DELETE FROM customer_broadcast_slots s USING old_rows o
        WHERE s.customer_id = o.active_customer_id AND s.kind = o.kind AND s.broadcast_id = o.id;
       INSERT INTO customer_broadcast_outbox (type, kind, broadcast_id, customer_id, status, occurred_at)
       SELECT 'terminal', kind, id, customer_id, 'cancelled', clock_timestamp() FROM old_rows
        WHERE active_customer_id IS NOT NULL;
       RETURN NULL;
     END $$`,

    `${head('customer_broadcast_after_truncate')}
     BEGIN
       DELETE FROM customer_broadcast_slots WHERE kind = TG_ARGV[0];
       RETURN NULL;
     END $$`,

    // Firing needs no right, CREATE TRIGGER does: whoever has it could hang these on a table of their own, a temporary
    // one, and take slots, forge history and events with the owner's rights.
    `REVOKE EXECUTE ON FUNCTION customer_broadcast_after_insert(), customer_broadcast_after_update(),
       customer_broadcast_after_delete(), customer_broadcast_after_truncate() FROM PUBLIC`,
  ];
}
