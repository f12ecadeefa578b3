import type { Database } from '../database.interface.ts';
import type { Rule } from '../rule.ts';
import { quoteText } from '../sql/quote.ts';
import { doBlock } from '../sql/do-block.ts';
import { RuleNames } from '../sql/v1/rule-names.ts';
import { readState } from './installed-state.ts';
import { runStep } from './run-step.ts';
import { dropProof, dropTrigger } from './step.ts';

/**
 * Takes a rule out again. Its tables are in the catalogue as they were before the install; rows stay as they are. The schema
 * goes with its last rule. Safe to repeat, also for a rule that is not installed. Tables of the rule that are gone do not
 * matter.
 *
 * @throws TableBusyError when a table stays locked; what is left of the rule goes on working, and the same call goes on
 * @publicApi
 */
export async function uninstall(db: Database, rule: Rule): Promise<void> {
  const names = new RuleNames(rule);
  const { triggers, proofs } = await readState(db, rule, names);
  // The proof first: without triggers it would refuse what is lawful.
  for (const proof of proofs) await runStep(db, dropProof(proof, names), names.slots);
  for (const trigger of triggers.filter(({ isCloned }) => !isCloned))
    await runStep(db, dropTrigger(trigger), names.slots);
  await db.query(dropObjects(rule, names));
}

/** By name, and only what belongs to this rule. */
function dropObjects(rule: Rule, names: RuleNames): string {
  const schema = quoteText(rule.schema);
  const prefix = quoteText(names.prefix);
  return doBlock([
    `IF pg_catalog.to_regclass(${quoteText(names.rules)}) IS NULL THEN RETURN; END IF`,
    `DECLARE one record; BEGIN
       FOR one IN SELECT p.oid::regprocedure AS name FROM pg_catalog.pg_proc p
                   WHERE p.pronamespace = ${schema}::regnamespace AND pg_catalog.starts_with(p.proname, ${prefix}) LOOP
         EXECUTE 'DROP FUNCTION ' || one.name;
       END LOOP;
     END`,
    `DROP TABLE IF EXISTS ${names.within(`${rule.name}:backfill`)}, ${names.gate}, ${names.slots}`,
    `DROP SEQUENCE IF EXISTS ${names.numbers}`,
    `DELETE FROM ${names.observed} WHERE rule = ${quoteText(rule.name)}`,
    `DELETE FROM ${names.rules} WHERE name = ${quoteText(rule.name)}`,
    `IF NOT EXISTS (SELECT FROM ${names.rules}) THEN
       DROP TABLE ${names.observed}, ${names.rules};
       -- A schema in which something else lies stays.
       IF NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relnamespace = ${schema}::regnamespace)
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE pronamespace = ${schema}::regnamespace) THEN
         DROP SCHEMA ${names.schema};
       END IF;
     END IF`,
  ]);
}
