import type { QueryRunner } from 'typeorm';

/** A kind as the database knows it. */
export interface InstalledKindRow {
  readonly name: string;
  readonly table: string;
  readonly route: string;
}

/** What spans all kinds, and what changes each of them, goes by this list. In the order of their names. */
export async function listInstalledKinds(queryRunner: QueryRunner): Promise<InstalledKindRow[]> {
  return (await queryRunner.query(
    'SELECT name, table_name AS "table", route FROM customer_broadcast_kinds ORDER BY name',
  )) as InstalledKindRow[];
}
