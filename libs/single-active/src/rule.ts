import { type RuleFault, RuleDefinitionError } from './rule-definition.error.ts';
import type { RuleDefinition, TableDefinition } from './rule-definition.interface.ts';
import { findTimeWord, hasSubquery } from './sql/words.ts';

/** A table of a rule, with its defaults filled in. @publicApi */
export interface RuleTable extends TableDefinition {
  readonly as: string;
}

/** A definition that was validated, with its defaults filled in. Made by {@link defineRule} only. @publicApi */
export interface Rule {
  readonly name: string;
  readonly slots: number | string;
  readonly schema: string;
  readonly tables: readonly RuleTable[];
}

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
/** One part or two, each plain or quoted. */
const TABLE = /^(?:[a-zA-Z_][\w$]*|"(?:[^"\0]|"")+")(?:\.(?:[a-zA-Z_][\w$]*|"(?:[^"\0]|"")+"))?$/;
const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/;
const MAX_SLOTS = 1000;
const MAX_AS_BYTES = 63;

/** What JavaScript may hand over, whatever the types say. */
type Unchecked<T> = { readonly [Field in keyof T]?: unknown };

/**
 * Validates a rule. Looks at the definition only; whether tables and columns exist is asked by `plan` and `install`.
 *
 * @throws RuleDefinitionError that lists every fault with its field and remedy
 * @example
 * const rule = defineRule({
 *   name: 'one-ride-per-rider',
 *   tables: [{ table: 'rides', id: 'id', key: 'rider_id', activeWhen: "status IN ('requested', 'matched')" }],
 * });
 * @publicApi
 */
export function defineRule(definition: RuleDefinition): Rule {
  const { name, slots = 1, schema = 'single_active' } = definition;
  const given: readonly TableDefinition[] = Array.isArray(definition.tables) ? definition.tables : [];
  const tables = given.map((table) => ({ ...table, as: table.as ?? table.table }));
  const rule: Rule = { name, slots, schema, tables };
  const faults = [...faultsOfRule(rule), ...faultsOfTables(tables), ...tables.flatMap(faultsOfTable)];
  if (faults.length > 0) throw new RuleDefinitionError(name, faults);
  return rule;
}

function faultsOfRule({ name, slots, schema }: Unchecked<Rule>): RuleFault[] {
  const faults: RuleFault[] = [];
  if (!matches(name, NAME))
    faults.push({
      field: 'name',
      fault: `is ${JSON.stringify(name)}`,
      remedy: "Use 1 to 40 of a-z, 0-9 and '-', a letter first, e.g. 'one-ride-per-rider'.",
    });
  if (typeof slots === 'number' ? !isSlotNumber(slots) : !isSql(slots))
    faults.push({
      field: 'slots',
      fault: `is ${JSON.stringify(slots)}`,
      remedy: `Use a whole number from 1 to ${MAX_SLOTS}, or SQL over the row.`,
    });
  if (!matches(schema, SCHEMA))
    faults.push({
      field: 'schema',
      fault: `is ${JSON.stringify(schema)}`,
      remedy: "Use a-z, 0-9 and '_', e.g. 'single_active'.",
    });
  return faults;
}

function faultsOfTables(tables: readonly RuleTable[]): RuleFault[] {
  if (tables.length === 0) return [{ field: 'tables', fault: 'is empty', remedy: 'Name one table or more.' }];
  const twice = tables.find(({ as }, index) => tables.findIndex((other) => other.as === as) !== index);
  if (!twice) return [];
  const remedy = "Join the conditions with OR, or give each table an 'as' of its own.";
  return [{ field: 'tables', fault: `has '${twice.as}' twice`, remedy }];
}

function faultsOfTable(given: RuleTable, index: number): RuleFault[] {
  const { table, as, id, key, activeWhen, proof }: Unchecked<RuleTable> = given;
  const at = `tables[${index}]`;
  const faults: RuleFault[] = [];
  if (!matches(table, TABLE))
    faults.push({
      field: `${at}.table`,
      fault: `is ${JSON.stringify(table)}`,
      remedy: `Write it as SQL has it, e.g. 'rides', 'dispatch.rides' or '"Ride"'.`,
    });
  else if (typeof as !== 'string' || Buffer.byteLength(as) > MAX_AS_BYTES || as.trim() === '')
    faults.push({
      field: `${at}.as`,
      fault: 'is empty or too long',
      remedy: `Use 1 to ${MAX_AS_BYTES} bytes.`,
    });
  for (const [field, value] of Object.entries({ id, key, activeWhen })) {
    if (!isSql(value))
      faults.push({
        field: `${at}.${field}`,
        fault: value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`,
        remedy: 'Use SQL over the row, without a semicolon or a comment.',
      });
  }
  for (const [field, value] of Object.entries({ key, activeWhen }))
    faults.push(...faultsOfMeaning(`${at}.${field}`, value));
  if (proof !== undefined && !(isSql(given.proof?.key) && isSql(given.proof.source)))
    faults.push({
      field: `${at}.proof`,
      fault: `is ${JSON.stringify(proof)}`,
      remedy: 'Name its two columns, key and source.',
    });
  return faults;
}

/** What decides must change with the row alone: triggers fire for writes, not for the time that passes. */
function faultsOfMeaning(field: string, sql: unknown): RuleFault[] {
  if (!isSql(sql)) return [];
  const word = findTimeWord(sql);
  if (word !== null)
    return [
      {
        field,
        fault: `depends on ${word}, which changes without a write to the row`,
        remedy: 'Use columns of the row, and let a job write the row when its time has come.',
      },
    ];
  if (!hasSubquery(sql)) return [];
  const fault = 'reads other rows, which change without a write to this row';
  return [{ field, fault, remedy: 'Use columns of the row alone.' }];
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isSlotNumber(slots: number): boolean {
  return Number.isInteger(slots) && slots >= 1 && slots <= MAX_SLOTS;
}

/** The text goes into statements as it stands, so what would end or hide a part of one is refused. */
function isSql(text: unknown): text is string {
  if (typeof text !== 'string' || text.trim() === '') return false;
  const outside = text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, '');
  return !/[;'"\0]|--|\/\*|\$\w*\$/.test(outside);
}
