import type { ExecutionContext } from '@nestjs/common';
import { checkedOptions } from '../options/option.checks.ts';
import type { OptionRules } from '../options/option.rules.ts';

/** Token of the options that the interceptor uses. */
export const IDEMPOTENCY_OPTIONS = Symbol('customer-broadcast:idempotency-options');

/** Options of `IdempotencyModule.forRoot`. @publicApi */
export interface IdempotencyModuleOptions {
  /**
   * Whose an idempotency key is: the id of who asks, 1 to 128 visible ASCII characters. The same key of another caller is
   * another key. Throws what the application answers to a stranger.
   */
  readonly caller: (context: ExecutionContext) => string;
  /** Whether this process deletes kept answers that are older than 24 hours. @default true */
  readonly background?: boolean;
}

/** The options with every default filled in. */
export type IdempotencyOptions = Required<IdempotencyModuleOptions>;

const RULES = {
  caller: {
    is: 'a function',
    remedy: 'use a function of the ExecutionContext that returns the id of who asks.',
  },
  background: { is: 'a boolean' },
} as const satisfies OptionRules & Record<keyof IdempotencyModuleOptions, unknown>;

/** @throws Error that names the option, its value and the remedy */
export function resolveIdempotencyOptions(options: IdempotencyModuleOptions): IdempotencyOptions {
  const given = checkedOptions(options, { module: 'IdempotencyModule', rules: RULES, required: ['caller'] });
  return { background: true, ...given };
}
