export const HELP = `Usage: single-active <command> [--config <file>] [options]

At most N active rows per key, kept by Postgres.

Commands
  plan        show statements, locks and rows that break the rule; changes nothing
  install     put the rule on its tables, or repair it; safe to repeat
  doctor      compare the database with the rule
  report      list keys with too many active rows, and refusals that were observed
  uninstall   take the rule off its tables

Options
  --config <file>   default export: a rule, or an array of rules
                    (default: single-active.config.mjs)
  --observe         install: count what would be refused, refuse nothing
  --sql             plan: the statements in full, and nothing else
  --json            the result as JSON
  --help, --version

Environment
  DATABASE_URL      postgres://user:password@host:5432/database
  NO_COLOR          no colours

Exit code
  0  done, nothing found
  1  plan, report: rows break the rule; doctor: there are findings
  2  it could not run; the text says why
`;

const EXAMPLE = `import { defineRule } from 'single-active';

export default defineRule({
  name: 'one-ride-per-rider',
  tables: [{ table: 'rides', id: 'id', key: 'rider_id', activeWhen: "status = 'open'" }],
});`;

export const commandMissing = (): string =>
  'No command was given. Use one of: plan, install, doctor, report, uninstall. See single-active --help.';

export const commandUnknown = (name: string): string =>
  `Unknown command "${name}". Use one of: plan, install, doctor, report, uninstall. See single-active --help.`;

export const argumentsWrong = (reason: string): string => `${reason}\nSee single-active --help.`;

export const optionMisplaced = (option: string, command: string, owner: string): string =>
  `--${option} belongs to ${owner}, not to ${command}. Leave it out, or run single-active ${owner}.`;

export const configMissing = (path: string): string =>
  `The config file does not exist: ${path}\nName another with --config, or create it:\n\n${EXAMPLE}`;

export const configBroken = (path: string, reason: string): string =>
  `The config file cannot be loaded: ${path}\n${reason}\nMend the file and run the command again.`;

export const configEmpty = (path: string): string =>
  `The config file has no rule as its default export: ${path}\nExport a rule, or an array of rules:\n\n${EXAMPLE}`;

export const configNameTwice = (path: string, name: string): string =>
  `The config file has two rules named "${name}": ${path}\nGive each rule a name of its own.`;

export const databaseUrlMissing = (): string =>
  'DATABASE_URL is not set. Set it: DATABASE_URL=postgres://user:password@host:5432/database';

export const pgMissing = (folder: string): string =>
  `The package "pg" was not found from ${folder}. The command line asks Postgres through it: run npm install pg there.`;

export const databaseUnreachable = (reason: string): string =>
  `Postgres at DATABASE_URL does not answer: ${reason}\nCheck host, port, user, password and database of DATABASE_URL.`;
