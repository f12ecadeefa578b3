import { OPTION_TEXT } from './customer-broadcast.messages.ts';
import type {
  CustomerBroadcastModuleOptions,
  ResolvedOptions,
} from './interfaces/customer-broadcast-options.interface.ts';

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

/** The longest time that a timer of Node takes; with a longer one it fires at once, and a loop never rests. */
const LONGEST_MS = 2 ** 31 - 1;
const LONGEST_SECONDS = Math.floor(LONGEST_MS / 1000);

const RANGES = {
  broadcastTimeoutSeconds: { min: 1, max: LONGEST_SECONDS },
  keyGraceSeconds: { min: 0, max: LONGEST_SECONDS },
  lockTtlMs: { min: 1, max: LONGEST_MS },
  relayIntervalMs: { min: 1, max: LONGEST_MS },
  acknowledgeTimeoutMs: { min: 1, max: LONGEST_MS },
  reconcileIntervalMs: { min: 1, max: LONGEST_MS },
  heartbeatIntervalMs: { min: 1, max: LONGEST_MS },
  outboxRetentionHours: { min: 1, max: 87_600 },
  historyRetentionDays: { min: 0, max: 36_500 },
  expiryIntervalMs: { min: 1, max: LONGEST_MS },
} as const;

/** Without what a search for keys or a Redis Cluster gives a meaning: asterisks and braces. */
const REDIS_PREFIX = /^[\w:.-]{0,64}$/;

const LINK_PREFIX = /^(\/[^\s/?#]+)*$/;

const CHOICES = {
  expiryMode: ['scheduled', 'external'],
} as const;

/**
 * Fills in the defaults and refuses what cannot work.
 *
 * @throws Error that names the option, its value and the remedy; the application does not start then.
 */
export function resolveOptions(options: CustomerBroadcastModuleOptions): ResolvedOptions {
  const resolved: ResolvedOptions = {
    ...DEFAULTS,
    ...withoutUndefined(options),
    lockRedis: lockNodes(options),
  };
  for (const [option, { min, max }] of entriesOf(RANGES)) {
    const value = resolved[option];
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw new Error(OPTION_TEXT(option, value, `use a whole number from ${min} to ${max}.`));
    }
  }
  for (const [option, values] of entriesOf(CHOICES)) {
    if (!(values as readonly string[]).includes(resolved[option])) {
      throw new Error(OPTION_TEXT(option, resolved[option], `use ${values.join(' or ')}.`));
    }
  }
  if (!REDIS_PREFIX.test(resolved.redisPrefix))
    throw new Error(
      OPTION_TEXT(
        'redisPrefix',
        JSON.stringify(resolved.redisPrefix),
        'use 0 to 64 letters, digits and ":._-".',
      ),
    );
  if (!LINK_PREFIX.test(resolved.linkPrefix ?? ''))
    throw new Error(
      OPTION_TEXT(
        'linkPrefix',
        JSON.stringify(resolved.linkPrefix),
        "use a path as '/api', or leave it out.",
      ),
    );
  return resolved;
}

function lockNodes(options: CustomerBroadcastModuleOptions): ResolvedOptions['lockRedis'] {
  const nodes = options.lockRedis ?? [options.redis];
  if (nodes.length === 0)
    throw new Error(OPTION_TEXT('lockRedis', 'empty', 'name at least one client, or leave it out.'));
  return nodes;
}

function entriesOf<K extends string, V>(record: Readonly<Record<K, V>>): [K, V][] {
  return Object.entries(record) as [K, V][];
}

function withoutUndefined(options: CustomerBroadcastModuleOptions): CustomerBroadcastModuleOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as CustomerBroadcastModuleOptions;
}
