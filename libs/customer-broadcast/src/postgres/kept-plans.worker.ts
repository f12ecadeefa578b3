import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { BackgroundLoop } from './background.loop.ts';
import { beginGeneration } from './plan-generation.ts';
import { runPrepared } from './prepared-statement.ts';

/** How long a table that has grown may be read by plans that were made when it was small. */
const INTERVAL_MS = 1000;

/**
 * Sizes, in pages of 8 KB, from which Postgres plans otherwise: from the first on a row is looked up in an index, from the
 * second on so are several at once. Below the first, reading the whole table takes some 50 µs. Each more would cost each
 * connection the planning of every statement once more.
 */
const STEPS = [8, 64];

/** Of what the prepared statements read: the library's tables, and those that its views are made of: of the kinds, and of the slots. */
const SIZES = `
  SELECT c.oid::text AS id, (pg_relation_size(c.oid) / current_setting('block_size')::integer)::integer AS pages
    FROM pg_class c
   WHERE c.relkind = 'r' AND pg_table_is_visible(c.oid) AND c.relname LIKE 'customer\\_broadcast\\_%'
      OR c.oid IN (SELECT d.refobjid FROM pg_rewrite r JOIN pg_depend d ON d.objid = r.oid
                    WHERE r.ev_class IN (to_regclass('active_broadcasts'), to_regclass('customer_broadcast_slots')) AND d.refclassid = 'pg_class'::regclass)
         AND c.relkind = 'r'`;

/**
 * Keeps the plans of prepared statements from growing old. A connection keeps a plan until Postgres counts the table's rows
 * again, a minute later or more; one that was made for a table of few rows reads it whole when it has thousands. So when a
 * table has grown, the statements are prepared anew. The application's connections keep their own planner settings.
 *
 * @see docs/decisions/0011-plans-that-do-not-go-bad.md
 */
@Injectable()
export class KeptPlansWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop = new BackgroundLoop(
    'The look at how tables grow',
    new Logger(KeptPlansWorker.name),
    INTERVAL_MS,
    () => this.look(),
  );
  private stepOf: ReadonlyMap<string, number> | undefined;

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Begins a new generation of plans when a table is past a step that it had not reached at the look before. */
  async look(): Promise<void> {
    const { rows } = await runPrepared<{ id: string; pages: number }>(
      this.dataSource,
      { name: 'customer-broadcast:table-sizes', text: SIZES },
      [],
    );
    const before = this.stepOf;
    this.stepOf = new Map(rows.map(({ id, pages }) => [id, STEPS.filter((step) => pages >= step).length]));
    if (!before) return;
    const hasGrown = [...this.stepOf].some(([id, step]) => step > (before.get(id) ?? 0));
    if (hasGrown) beginGeneration(this.dataSource);
  }
}
