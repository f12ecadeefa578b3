import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { defineRule, type Rule } from '../rule.ts';
import { type RuleDefinition } from '../rule-definition.interface.ts';
import { configBroken, configEmpty, configMissing, configNameTwice } from './cli.messages.ts';
import { UsageError } from './usage.error.ts';

export interface Config {
  /** Absolute. */
  readonly file: string;
  /** One or more, in the file's order; no two of one name. */
  readonly rules: readonly Rule[];
}

/**
 * Loads the file that names the rules.
 *
 * @throws UsageError when there is no such file, or none that can be used
 * @throws RuleDefinitionError when a rule in it is wrong
 */
export async function loadConfig(path: string, folder: string): Promise<Config> {
  const file = resolve(folder, path);
  if (!existsSync(file)) throw new UsageError(configMissing(file));
  const exported = await load(file);
  const definitions = Array.isArray(exported) ? (exported as unknown[]) : [exported];
  if (definitions.length === 0 || !definitions.every(isDefinition)) throw new UsageError(configEmpty(file));
  const rules = definitions.map(defineRule);
  const twice = rules.find(({ name }, index) => rules.findIndex((rule) => rule.name === name) !== index);
  if (twice !== undefined) throw new UsageError(configNameTwice(file, twice.name));
  return { file, rules };
}

async function load(file: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
    return module.default;
  } catch (error) {
    if (error instanceof Error && error.name === 'RuleDefinitionError') throw error;
    throw new UsageError(configBroken(file, String(error)), { cause: error });
  }
}

/** Whether it can be meant as a rule; `defineRule` says what is wrong with it. */
function isDefinition(value: unknown): value is RuleDefinition {
  return typeof value === 'object' && value !== null && 'tables' in value;
}
