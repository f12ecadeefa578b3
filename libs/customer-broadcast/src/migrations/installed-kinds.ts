import { defineRule, type Rule, type TableDefinition } from 'single-active';
import type { QueryRunner } from 'typeorm';
import type { InstalledLife } from './installed-kind.interface.ts';

/** Name of the rule, and of its slots: part of the constraint that refuses a second broadcast. */
export const RULE_NAME = 'customer-broadcast';

/** A kind as the database knows it. */
export interface InstalledKindRow {
  readonly name: string;
  readonly table: string;
  readonly route: string;
  /** Its table under the rule. */
  readonly guarded: TableDefinition;
  readonly life: InstalledLife | null;
}

/** What spans all kinds, and what changes each of them, goes by this list. In the order of their names. */
export async function listInstalledKinds(queryRunner: QueryRunner): Promise<InstalledKindRow[]> {
  return (await queryRunner.query(
    'SELECT name, table_name AS "table", route, guarded, life FROM customer_broadcast_kinds ORDER BY name',
  )) as InstalledKindRow[];
}

/** One active broadcast per customer, over the tables of these kinds. */
export function ruleOver(kinds: readonly InstalledKindRow[]): Rule {
  return defineRule({ name: RULE_NAME, slots: 1, tables: kinds.map(({ guarded }) => guarded) });
}
