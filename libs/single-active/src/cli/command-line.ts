import { readFileSync } from 'node:fs';

import { type Arguments, parseArguments } from './arguments.ts';
import { HELP } from './cli.messages.ts';
import { colours } from './colours.ts';
import { commands } from './commands.ts';
import { loadConfig } from './config.ts';
import { withConnection } from './connection.ts';
import { viewHeading } from './result.views.ts';
import { type Terminal } from './terminal.interface.ts';

const NOT_RUN = 2;

/**
 * `npx single-active …`. Never rejects.
 *
 * @returns the exit code: 0, 1 when there are violations or findings, 2 when it could not run
 */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const args = parseArguments(argv);
    if (args === 'help') terminal.write(HELP);
    else if (args === 'version') terminal.write(`${readVersion()}\n`);
    else return await runCommand(args, terminal);
    return 0;
  } catch (error) {
    terminal.writeError(`single-active: ${describeError(error)}\n`);
    return NOT_RUN;
  }
}

async function runCommand(args: Arguments, terminal: Terminal): Promise<number> {
  const { file, rules } = await loadConfig(args.config, terminal.folder);
  const palette = colours(terminal.hasColours);
  return withConnection(terminal.env.DATABASE_URL, file, async (db) => {
    const results: object[] = [];
    let code = 0;
    for (const rule of rules) {
      const { result, lines, isFinding } = await commands[args.command](db, rule, args, palette);
      if (isFinding) code = 1;
      results.push({ rule: rule.name, ...result });
      if (args.isJson) continue;
      // What --sql prints goes into a file or to a reviewer: SQL and nothing else.
      const heading = args.isSql ? [`-- ${rule.name}`] : [viewHeading(rule, palette), ''];
      terminal.write(`${[...heading, ...lines].join('\n')}\n${rule === rules.at(-1) ? '' : '\n'}`);
    }
    if (args.isJson) terminal.write(`${JSON.stringify(results, null, 2)}\n`);
    return code;
  });
}

/** Postgres keeps half of what it says in fields of its own. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { detail, hint, code } = error as { detail?: unknown; hint?: unknown; code?: unknown };
  const state = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? ` (SQLSTATE ${code})` : '';
  const more = [detail, hint].filter((text) => typeof text === 'string' && text !== '');
  return [error.message + state, ...more].join('\n');
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
