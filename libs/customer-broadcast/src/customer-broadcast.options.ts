import { OPTION_TEXT } from './customer-broadcast.messages.ts';
import type {
  CustomerBroadcastModuleOptions,
  ResolvedOptions,
} from './interfaces/customer-broadcast-options.interface.ts';
import { checkedOptions } from './options/option.checks.ts';
import { LONGEST_SECONDS, type OptionRules, TIMER_MS, wholeNumber } from './options/option.rules.ts';

const DEFAULTS = {
  broadcastTimeoutSeconds: 120,
  // Long enough for a worker that is late by a minute; shorter and the key ends while its broadcast is on the air.
  keyGraceSeconds: 60,
  // The lock covers one check and one insert, each of which ends within 3 s. Longer, and a killed process blocks its
  // customer for longer; shorter, and a slow insert loses the lock and leaves it to the slot to refuse the second.
  lockTtlMs: 10_000,
  relayIntervalMs: 40,
  acknowledgeTimeoutMs: 1000,
  reconcileIntervalMs: 30_000,
  heartbeatIntervalMs: 15_000,
  // Long enough to look into what went wrong yesterday.
  outboxRetentionHours: 24,
  // The history is who did what: nobody but its owner knows when it may go.
  historyRetentionDays: 0,
  redisPrefix: '',
  expiryMode: 'scheduled',
  expiryIntervalMs: 1000,
  background: true,
} as const;

/** What every client of ioredis has, of whatever copy of the package it is. */
const REDIS_METHODS = ['get', 'eval', 'ping', 'defineCommand', 'on'];

const RULES = {
  redis: {
    is: 'an object',
    methods: REDIS_METHODS,
    remedy: 'hand over a client of ioredis (new Redis(url, …) or a Cluster), or leave it out.',
  },
  lockRedis: {
    is: 'an object',
    listed: true,
    methods: REDIS_METHODS,
    remedy: 'list at least one client of ioredis, or leave it out.',
  },
  // Without what a search for keys or a Redis Cluster gives a meaning: asterisks and braces.
  redisPrefix: {
    is: 'text',
    pattern: /^[\w:.-]{0,64}$/,
    remedy: 'use 0 to 64 letters, digits and ":._-".',
  },
  linkPrefix: {
    is: 'text',
    pattern: /^(\/[^\s/?#]+)*$/,
    remedy: "use a path as '/api', or leave it out.",
  },
  events: {
    is: 'an object',
    methods: ['send', 'emit'],
    remedy: 'hand over the ClientProxy over which the outbox delivers its events (ClientsModule.register).',
  },
  customer: {
    is: 'a function',
    remedy: 'use a function of the ExecutionContext that returns the id of the customer.',
  },
  caller: {
    is: 'a function',
    remedy: 'use a function of the ExecutionContext that returns the id of the user, or leave it out.',
  },
  broadcastTimeoutSeconds: wholeNumber(1, LONGEST_SECONDS),
  keyGraceSeconds: wholeNumber(0, LONGEST_SECONDS),
  lockTtlMs: TIMER_MS,
  relayIntervalMs: TIMER_MS,
  acknowledgeTimeoutMs: TIMER_MS,
  reconcileIntervalMs: TIMER_MS,
  heartbeatIntervalMs: TIMER_MS,
  outboxRetentionHours: wholeNumber(1, 87_600),
  historyRetentionDays: wholeNumber(0, 36_500),
  expiryMode: { is: 'one of', values: ['scheduled', 'external'] },
  expiryIntervalMs: TIMER_MS,
  background: { is: 'a boolean' },
} as const satisfies OptionRules & Record<keyof CustomerBroadcastModuleOptions, unknown>;

/**
 * Fills in the defaults and refuses what cannot work.
 *
 * @throws Error that names the option, its value and the remedy; the application does not start then.
 */
export function resolveOptions(options: CustomerBroadcastModuleOptions): ResolvedOptions {
  const module = 'CustomerBroadcastModule';
  const given = checkedOptions(options, { module, rules: RULES, required: ['events', 'customer'] });
  if (given.lockRedis && !given.redis) {
    throw new Error(OPTION_TEXT('redis', undefined, "give it with 'lockRedis', or leave both out.", module));
  }
  return {
    ...DEFAULTS,
    ...given,
    lockRedis: given.lockRedis ?? (given.redis ? [given.redis] : []),
    caller: given.caller ?? given.customer,
  };
}
