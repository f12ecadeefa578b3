import { OPTION_TEXT, UNKNOWN_OPTION_TEXT } from '../customer-broadcast.messages.ts';
import type { OptionRule, OptionRules } from './option.rules.ts';

/** How many letters a misspelt name may differ by and still be told what was meant. */
const CLOSE = 3;

/** A module's options and what they are held against. */
export interface CheckedOptions {
  /** In the error. @example 'CustomerBroadcastModule' */
  readonly module: string;
  readonly rules: OptionRules;
  /** Those without which the module cannot work. */
  readonly required?: readonly string[];
}

/**
 * The options that are given, without those that are undefined.
 *
 * @throws Error that names the option, the fault and the remedy: an unknown name, one that is missing, a value that cannot
 *   work. The application does not start then.
 */
export function checkedOptions<T extends object>(
  given: T,
  { module, rules, required = [] }: CheckedOptions,
): T {
  const known = Object.keys(rules);
  const entries = Object.entries(given).filter(([, value]) => value !== undefined) as [string, unknown][];
  for (const [option, value] of entries) {
    const rule = Object.hasOwn(rules, option) ? rules[option] : undefined;
    if (!rule) throw new Error(UNKNOWN_OPTION_TEXT(module, option, nearest(option, known), known));
    const remedy = faultOf(rule, value);
    if (remedy !== null) throw new Error(OPTION_TEXT(option, value, remedy, module));
  }
  for (const option of required) {
    const rule = rules[option];
    if (!rule || entries.some(([name]) => name === option)) continue;
    throw new Error(OPTION_TEXT(option, undefined, remedyOf(rule), module));
  }
  return Object.fromEntries(entries) as T;
}

/** @returns the remedy; null when the value is right */
function faultOf(rule: OptionRule, value: unknown): string | null {
  return isRight(rule, value) ? null : remedyOf(rule);
}

function isRight(rule: OptionRule, value: unknown): boolean {
  switch (rule.is) {
    case 'whole number':
      return Number.isSafeInteger(value) && (value as number) >= rule.min && (value as number) <= rule.max;
    case 'one of':
      return rule.values.some((allowed) => allowed === value);
    case 'a boolean':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string' && rule.pattern.test(value);
    case 'a function':
      return typeof value === 'function';
    case 'an object':
      if (!rule.listed) return hasMethods(value, rule.methods);
      return (
        Array.isArray(value) && value.length > 0 && value.every((item) => hasMethods(item, rule.methods))
      );
    default:
      return rule satisfies never;
  }
}

function remedyOf(rule: OptionRule): string {
  switch (rule.is) {
    case 'whole number':
      return `use a whole number from ${rule.min} to ${rule.max}.`;
    case 'one of':
      return `use ${rule.values.join(' or ')}.`;
    case 'a boolean':
      return 'use true or false.';
    case 'text':
    case 'a function':
    case 'an object':
      return rule.remedy;
    default:
      return rule satisfies never;
  }
}

function hasMethods(value: unknown, methods: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function');
}

function nearest(name: string, known: readonly string[]): string | null {
  const [best] = known
    .map((candidate) => ({ candidate, distance: distanceOf(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= CLOSE ? best.candidate : null;
}

/** Levenshtein's: letters to add, to take away or to change. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split('').entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
