import { type Diagnosis, type Installation, type Plan, type Report, type Rule } from '../index.ts';
import { type Colours } from './colours.ts';
import { alignColumns } from './columns.view.ts';
import { outlineStatements } from './outline.view.ts';
import { count, viewViolations } from './violations.view.ts';

/** The rule in a line: its name, what it allows, and where. */
export function viewHeading({ name, slots, tables }: Rule, { bold, dim }: Colours): string {
  const allowed =
    typeof slots === 'number' ? `${count(slots, 'slot', 'slots')} per key` : `slots by ${slots}`;
  return `${bold(name)}  ${dim(`${allowed}, over ${tables.map(({ table }) => table).join(', ')}`)}`;
}

export function viewPlan(plan: Plan, colours: Colours): string[] {
  const { statements, locks, violations } = plan;
  return [
    `install would run ${count(statements.length, 'statement', 'statements')}:`,
    ...outlineStatements(statements),
    ...section(viewLocks(locks)),
    ...section(viewViolations(violations, colours)),
    ...section([
      colours.dim('Nothing was changed. Whole statements: --sql. To go on: single-active install'),
    ]),
  ];
}

function viewLocks(locks: Plan['locks']): string[] {
  if (locks.length === 0) return ['No lock on your tables.'];
  return [
    'Locks on your tables, each for one statement. Readers go on:',
    ...alignColumns([
      ['TABLE', 'LOCK', 'BY'],
      ...locks.map(({ table, mode, statement }) => [table, mode, `statement ${statement + 1}`]),
    ]),
  ];
}

export function viewInstallation({ mode, violations }: Installation, colours: Colours): string[] {
  const does =
    mode === 'observe' ? 'refusals are counted, none is made' : 'refuses new rows beyond the slots';
  return [
    colours.good(`Installed, mode ${mode}: ${does}.`),
    ...viewViolations(violations, colours),
    ...(violations.length === 0
      ? []
      : [colours.dim('  These rows stay. A new one is refused until its key is below its number.')]),
  ];
}

export function viewDiagnosis({ ok, findings }: Diagnosis, { good, bad, dim }: Colours): string[] {
  const lines = findings.flatMap(({ code, message, remedy }) => [
    `  ${(ok ? good : bad)(code)}  ${message}`,
    `  ${' '.repeat(code.length)}  ${dim(remedy)}`,
  ]);
  if (lines.length === 0) return [good('The database keeps the rule. No findings.')];
  return [(ok ? good : bad)(`${count(findings.length, 'finding', 'findings')}:`), ...lines];
}

export function viewReport({ violations, observed }: Report, colours: Colours): string[] {
  const observations =
    observed.count === 0
      ? []
      : section([`${count(observed.count, 'refusal was', 'refusals were')} observed and not made.`]);
  return [...viewViolations(violations, colours), ...observations];
}

export function viewRemoval({ tables }: Rule, { good }: Colours): string[] {
  return [good(`Removed from ${tables.map(({ table }) => table).join(', ')}. The tables are as they were.`)];
}

function section(lines: readonly string[]): string[] {
  return ['', ...lines];
}
