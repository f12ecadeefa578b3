import type { Database } from '../database.interface.ts';
import type { Inspection } from '../install/inspect.ts';
import type { InstalledState } from '../install/installed-state.ts';
import type { RuleSteps } from '../install/steps.ts';
import { quoteName } from '../sql/quote.ts';
import type { RuleNames } from '../sql/v1/rule-names.ts';
import { isByStatement } from '../sql/v1/triggers.sql.ts';
import type { Finding } from './finding.interface.ts';
import * as say from './findings.messages.ts';

/** What of a rule is looked at. */
export interface Patient {
  readonly names: RuleNames;
  readonly inspection: Inspection;
  readonly state: InstalledState;
  readonly steps: RuleSteps;
}

/** Triggers and proofs that are not as the rule needs them. */
export function checkTriggers({ names, inspection, state, steps }: Patient): Finding[] {
  return inspection.tables.flatMap((table) => {
    const missing = steps
      .expectedTriggers(table)
      .filter(
        ([event, relation]) =>
          !state.triggers.some((there) => there.relation === relation && there.name === names.trigger(event)),
      )
      .map(([event, relation]) =>
        event === 'truncate' && relation !== table.relation
          ? say.truncateMissing(quoteName(names.trigger(event)), relation)
          : say.triggerMissing(quoteName(names.trigger(event)), relation),
      );
    const places = [table.relation, ...table.partitions];
    const off = state.triggers
      .filter(({ relation, enabled }) => places.includes(relation) && enabled !== 'A')
      .map(({ relation, name, enabled }) =>
        (enabled === 'D' ? say.triggerDisabled : say.triggerNotAlways)(quoteName(name), relation),
      );
    return [...missing, ...off, ...checkProof(table, state)];
  });
}

function checkProof(
  { table, relation }: Inspection['tables'][number],
  { proofs }: InstalledState,
): Finding[] {
  if (!table.proof) return [];
  const proof = proofs.find((there) => there.relation === relation);
  if (!proof) return [say.proofMissing(relation)];
  return proof.isValid ? [] : [say.proofNotValid(relation)];
}

/**
 * Row triggers of others that fire before the rule's. On a table that the rule looks at statement by statement, every row
 * trigger does: there the proof refuses what would be missed.
 */
export async function checkForeignTriggers(db: Database, { names, inspection }: Patient): Promise<Finding[]> {
  const places = inspection.tables
    .filter((table) => !isByStatement(table))
    .flatMap(({ relation, partitions }) => [relation, ...partitions]);
  const { rows } = await db.query(
    `SELECT pg_catalog.quote_ident(t.tgname) AS name, pg_catalog.format('%I.%I', n.nspname, c.relname) AS table
       FROM pg_catalog.pg_trigger t
       JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
      WHERE pg_catalog.format('%I.%I', n.nspname, c.relname) = ANY ($1::text[])
        AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND (t.tgtype & 1) = 1 AND (t.tgtype & 66) = 0
        AND t.tgname < $2::name AND NOT pg_catalog.starts_with(t.tgname::text, '!single_active:')
      ORDER BY 2, 1`,
    [places, names.trigger('row')],
  );
  return (rows as { name: string; table: string }[]).map(({ name, table }) =>
    say.triggerBeforeRule(name, table),
  );
}
