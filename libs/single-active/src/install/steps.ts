import type { Rule } from '../rule.ts';
import { doBlock, LOCK_TIMEOUT } from '../sql/do-block.ts';
import { quoteName, quoteText } from '../sql/quote.ts';
import { type RuleNames, type TriggerEvent, VERSION } from '../sql/v1/rule-names.ts';
import { gateTable, rowsFunction, slotTable } from '../sql/v1/schema.sql.ts';
import { takeFunctions } from '../sql/v1/take.sql.ts';
import type { TriggerContext, TriggerMode } from '../sql/v1/trigger-context.interface.ts';
import { eventsOf, triggerFunctions, triggerStatements } from '../sql/v1/triggers.sql.ts';
import type { InspectedTable, Inspection } from './inspect.ts';
import type { InstalledState, InstalledTrigger } from './installed-state.ts';
import { activeRows } from './rows.sql.ts';
import { definitionOf, dropProof, dropTrigger, free, type RuleMode, type Step } from './step.ts';

const WRITERS = 'SHARE ROW EXCLUSIVE';

/** What is made from one rule and its tables. */
export class RuleSteps {
  constructor(
    private readonly rule: Rule,
    private readonly names: RuleNames,
    private readonly inspection: Inspection,
    private readonly state: InstalledState,
  ) {}

  /** Slots and functions: no table of the application is locked. */
  prepare(mode: RuleMode): Step {
    const { rule, names, inspection } = this;
    const { types } = inspection;
    return free(
      doBlock(
        [
          ...slotTable(names, types),
          ...(typeof rule.slots === 'number' ? [] : [gateTable(names, types)]),
          ...this.functions(mode, this.incomplete()),
        ],
        LOCK_TIMEOUT,
      ),
    );
  }

  /** Tables of which writes may have been missed: a trigger that takes or frees slots is not there, or does not always fire. */
  incomplete(): readonly InspectedTable[] {
    return this.inspection.tables.filter((table) =>
      this.missingTriggers(table).some(([event]) => event !== 'truncate'),
    );
  }

  missingTriggers(table: InspectedTable): readonly (readonly [TriggerEvent, string])[] {
    const { names, state } = this;
    return this.expectedTriggers(table).filter(([event, relation]) => {
      const own = state.triggers.filter(
        (there) =>
          there.name === names.trigger(event) &&
          there.function === unquoted(names.triggerFunction(table.table.as, event)),
      );
      const there = own.find((trigger) => trigger.relation === relation && !trigger.isCloned);
      // A partition's clone is switched on again with its parent's.
      const isOff = event === 'row' && own.some(({ isCloned, enabled }) => isCloned && enabled !== 'A');
      return there?.enabled !== 'A' || isOff;
    });
  }

  expectedTriggers(table: InspectedTable): readonly (readonly [TriggerEvent, string])[] {
    const { relation, partitions } = table;
    return eventsOf(table).flatMap((event) =>
      (event === 'truncate' ? [relation, ...partitions] : [relation]).map((on) => [event, on] as const),
    );
  }

  /** The triggers of one table, in one step: from its end on, no write of the table is missed. */
  addTriggers(table: InspectedTable): Step {
    const context = this.context(table, 'enforce');
    // With those of another shape, two would take a slot for each row.
    const stale = this.staleTriggers().filter(({ relation }) => relation === table.relation);
    const statements = [
      ...stale.map(({ name, relation }) => `DROP TRIGGER IF EXISTS ${quoteName(name)} ON ${relation}`),
      ...this.missingTriggers(table).flatMap(([event, relation]) =>
        triggerStatements(context, event, relation),
      ),
    ];
    return {
      statement: doBlock(statements, LOCK_TIMEOUT),
      lock: { table: table.table.table, mode: WRITERS },
    };
  }

  /** Triggers on tables that the rule does not name any more, or of another shape. */
  staleTriggers(): readonly InstalledTrigger[] {
    const expected = this.inspection.tables.flatMap((table) =>
      this.expectedTriggers(table).map(([event, relation]) => `${relation} ${this.names.trigger(event)}`),
    );
    return this.state.triggers.filter(
      ({ relation, name, isCloned }) => !isCloned && !expected.includes(`${relation} ${name}`),
    );
  }

  /** A proof goes before its triggers: without them it would refuse what is lawful. */
  dropStale(): readonly Step[] {
    const proven = this.inspection.tables.filter(({ table }) => table.proof).map(({ relation }) => relation);
    return [
      ...this.state.proofs
        .filter(({ relation }) => !proven.includes(relation))
        .map((proof) => dropProof(proof, this.names)),
      ...this.staleTriggers().map(dropTrigger),
    ];
  }

  /** Sources whose slots no table of the rule stands for any more. */
  freeStale(): Step {
    const known = this.inspection.tables.map(({ table }) => quoteText(table.as)).join(', ');
    return free(`DELETE FROM ${this.names.slots} WHERE source NOT IN (${known})`);
  }

  /** From here on the rule refuses, or counts. */
  activate(mode: RuleMode): Step {
    const { rule, names } = this;
    return free(
      doBlock(
        [
          ...this.functions(mode),
          `UPDATE ${names.rules} SET version = ${VERSION}, mode = ${quoteText(mode)}, definition = ${quoteText(definitionOf(rule))},
             installed_at = pg_catalog.clock_timestamp() WHERE name = ${quoteText(rule.name)}`,
        ],
        LOCK_TIMEOUT,
      ),
    );
  }

  /** The foreign keys of proofs: not valid at first, which locks writers for a moment, and then validated beside them. */
  prove(): readonly Step[] {
    return this.inspection.tables.flatMap(({ table, relation }) => {
      if (!table.proof) return [];
      const there = this.state.proofs.find((proof) => proof.relation === relation);
      const name = quoteName(this.names.proof);
      const key = [table.proof.key, table.proof.source].map(quoteName).join(', ');
      const add = `ALTER TABLE ${relation} ADD CONSTRAINT ${name} FOREIGN KEY (${key}, ${table.id})
        REFERENCES ${this.names.slots} (key, source, row_id) DEFERRABLE INITIALLY DEFERRED NOT VALID`;
      const validate = `ALTER TABLE ${relation} VALIDATE CONSTRAINT ${name}`;
      return [
        ...(there
          ? []
          : [{ statement: doBlock([add], LOCK_TIMEOUT), lock: { table: table.table, mode: WRITERS } }]),
        ...(there?.isValid
          ? []
          : [{ statement: validate, lock: { table: table.table, mode: 'SHARE UPDATE EXCLUSIVE' } }]),
      ];
    });
  }

  /**
   * Every function of the rule.
   *
   * @param recording tables whose triggers are to refuse nothing yet
   */
  functions(mode: RuleMode, recording: readonly InspectedTable[] = []): readonly string[] {
    const { rule, names, inspection } = this;
    const { types, searchPath, tables } = inspection;
    return [
      ...rowsFunction(names, types, searchPath, activeRows(rule, inspection)),
      ...takeFunctions(rule, names, types, mode === 'observe'),
      ...tables.flatMap((table) =>
        triggerFunctions(this.context(table, recording.includes(table) ? 'record' : mode)),
      ),
    ];
  }

  private context(
    { table, relation, alias, owner, isPartitioned }: InspectedTable,
    mode: TriggerMode,
  ): TriggerContext {
    const { rule, names, inspection } = this;
    const { types, searchPath } = inspection;
    return { rule, names, types, table, relation, alias, owner, isPartitioned, mode, searchPath };
  }
}

/** As `format('%I.%I')` writes it: quoted only where it must be. */
function unquoted(name: string): string {
  return name.replace(/"([a-z_][a-z0-9_]*)"/g, '$1');
}
