import { parseArgs } from 'node:util';

import { argumentsWrong, commandMissing, commandUnknown, optionMisplaced } from './cli.messages.ts';
import { UsageError } from './usage.error.ts';

export const COMMANDS = ['plan', 'install', 'doctor', 'report', 'uninstall'] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Arguments {
  readonly command: CommandName;
  readonly config: string;
  readonly isObserve: boolean;
  readonly isSql: boolean;
  readonly isJson: boolean;
}

/** Options that one command alone understands: a misplaced one would be ignored in silence. */
const OWNERS = { observe: 'install', sql: 'plan' } as const;

/**
 * @returns what was asked for: a command, or one of the two texts
 * @throws UsageError for anything that is not understood
 */
export function parseArguments(argv: readonly string[]): Arguments | 'help' | 'version' {
  const { values, positionals } = parse(argv);
  if (values.help === true) return 'help';
  if (values.version === true) return 'version';
  const [name, ...rest] = positionals;
  if (name === undefined) throw new UsageError(commandMissing());
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined) throw new UsageError(commandUnknown(name));
  if (rest.length > 0) throw new UsageError(argumentsWrong(`Unexpected argument "${rest.join(' ')}".`));
  for (const option of ['observe', 'sql'] as const) {
    const owner = OWNERS[option];
    if (values[option] === true && command !== owner) {
      throw new UsageError(optionMisplaced(option, command, owner));
    }
  }
  return {
    command,
    config: values.config ?? 'single-active.config.mjs',
    isObserve: values.observe === true,
    isSql: values.sql === true,
    isJson: values.json === true,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        observe: { type: 'boolean' },
        sql: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    });
  } catch (error) {
    throw new UsageError(argumentsWrong((error as Error).message), { cause: error });
  }
}
