import type { MigrationInterface, QueryRunner } from 'typeorm';
import { WITH_DEADLINE } from '../customer-broadcast.constants.ts';
import { listInstalledKinds } from './installed-kinds.ts';

/**
 * Makes the index over deadlines of each installed kind anew, with a condition that no look-up of a customer meets. As both
 * indexes over active rows had the same, and an index that was empty when Postgres counted its rows is believed to cost
 * nothing to read whole, the check before a create could read every active row by this one, on every connection that was
 * opened while nothing was on the air, until the rows were counted again.
 *
 * Whoever reads or writes a table waits while its index is made: dropping the old one first locks the table at once, and a lock
 * that is raised later can deadlock with a transaction that has read a row and then updates it. A process of the version before
 * finds what is overdue by the other index until it is replaced, which takes longer the more is on the air.
 *
 * @see https://www.postgresql.org/docs/current/sql-dropindex.html ACCESS EXCLUSIVE
 */
export class IndexDueAlone1795306200000 implements MigrationInterface {
  readonly name = 'IndexDueAlone1795306200000';

  up(queryRunner: QueryRunner): Promise<void> {
    return indexDue(queryRunner, WITH_DEADLINE);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return indexDue(queryRunner, 'active_customer_id IS NOT NULL');
  }
}

async function indexDue(queryRunner: QueryRunner, condition: string): Promise<void> {
  for (const { table } of await listInstalledKinds(queryRunner)) {
    await queryRunner.query(`DROP INDEX ix_${table}_due`);
    await queryRunner.query(`CREATE INDEX ix_${table}_due ON ${table} (expires_at, id) WHERE ${condition}`);
  }
}
