import { describe, expect, it } from '@jest/globals';
import type { ClientProxy } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import { OPTION_TEXT, UNKNOWN_OPTION_TEXT } from './customer-broadcast.messages.ts';
import { resolveOptions } from './customer-broadcast.options.ts';
import type { CustomerBroadcastModuleOptions } from './interfaces/customer-broadcast-options.interface.ts';

/** Has these methods and does nothing. */
function clientOf(...methods: string[]): unknown {
  return Object.fromEntries(methods.map((method) => [method, () => undefined]));
}

const REQUIRED: CustomerBroadcastModuleOptions = {
  redis: clientOf('get', 'eval', 'ping', 'defineCommand', 'on') as Redis,
  events: clientOf('send', 'emit') as ClientProxy,
  customer: () => 'c1',
};

const DEFAULTS = {
  broadcastTimeoutSeconds: 120,
  keyGraceSeconds: 60,
  lockTtlMs: 10_000,
  relayIntervalMs: 40,
  acknowledgeTimeoutMs: 1000,
  reconcileIntervalMs: 30_000,
  heartbeatIntervalMs: 15_000,
  outboxRetentionHours: 24,
  historyRetentionDays: 0,
  redisPrefix: '',
  expiryMode: 'scheduled',
  expiryIntervalMs: 1000,
  background: true,
};

const LONGEST_MS = 2_147_483_647;
const LONGEST_SECONDS = 2_147_483;

const RANGES = [
  ['broadcastTimeoutSeconds', 1, LONGEST_SECONDS],
  ['keyGraceSeconds', 0, LONGEST_SECONDS],
  ['lockTtlMs', 1, LONGEST_MS],
  ['relayIntervalMs', 1, LONGEST_MS],
  ['acknowledgeTimeoutMs', 1, LONGEST_MS],
  ['reconcileIntervalMs', 1, LONGEST_MS],
  ['heartbeatIntervalMs', 1, LONGEST_MS],
  ['outboxRetentionHours', 1, 87_600],
  ['historyRetentionDays', 0, 36_500],
  ['expiryIntervalMs', 1, LONGEST_MS],
] as const;

const resolve = (given: object): object => resolveOptions({ ...REQUIRED, ...given });

describe('the options', () => {
  it('have a default wherever nothing is given', () => {
    expect(resolveOptions(REQUIRED)).toEqual({
      ...REQUIRED,
      ...DEFAULTS,
      lockRedis: [REQUIRED.redis],
      caller: REQUIRED.customer,
    });
  });

  it('have a default also where undefined is given', () => {
    const undefineds = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, undefined]));
    expect(resolve({ ...undefineds, lockRedis: undefined, caller: undefined })).toEqual(
      resolveOptions(REQUIRED),
    );
  });

  it('keep what is given', () => {
    const given = {
      lockRedis: [REQUIRED.redis, REQUIRED.redis, REQUIRED.redis],
      caller: () => 'u1',
      broadcastTimeoutSeconds: 5,
      keyGraceSeconds: 0,
      expiryMode: 'external',
      background: false,
    };
    expect(resolve(given)).toEqual({ ...REQUIRED, ...DEFAULTS, ...given });
  });

  it.each(RANGES)('take %s from %d to %d and nothing beyond', (option, min, max) => {
    expect(resolve({ [option]: min })).toMatchObject({ [option]: min });
    expect(resolve({ [option]: max })).toMatchObject({ [option]: max });
    for (const value of [min - 1, max + 1, 1.5, Number.NaN, Infinity, '10', null]) {
      const remedy = `use a whole number from ${min} to ${max}.`;
      expect(() => resolve({ [option]: value })).toThrow(OPTION_TEXT(option, value, remedy));
    }
  });

  it.each([['expiryMode', 'External', 'use scheduled or external.']])(
    'refuse %s %j',
    (option, value, remedy) => {
      expect(() => resolve({ [option]: value })).toThrow(OPTION_TEXT(option, value, remedy));
    },
  );

  it.each(['a*', '{a}', 'x'.repeat(65)])('refuse the prefix %j', (redisPrefix) => {
    const remedy = 'use 0 to 64 letters, digits and ":._-".';
    expect(() => resolve({ redisPrefix })).toThrow(OPTION_TEXT('redisPrefix', redisPrefix, remedy));
  });

  it.each(['api', '/api/', '/', '/a b', 'https://host/api'])('refuse the link prefix %j', (linkPrefix) => {
    const remedy = "use a path as '/api', or leave it out.";
    expect(() => resolve({ linkPrefix })).toThrow(OPTION_TEXT('linkPrefix', linkPrefix, remedy));
  });

  it('refuse a lock on no Redis at all', () => {
    const remedy = 'list at least one client of ioredis, or leave it out.';
    expect(() => resolve({ lockRedis: [] })).toThrow(OPTION_TEXT('lockRedis', [], remedy));
  });

  it('need no Redis at all, and then the lock has none either', () => {
    expect(resolve({ redis: undefined })).toMatchObject({ lockRedis: [] });
    expect(() => resolve({ redis: undefined, lockRedis: [REQUIRED.redis] })).toThrow(
      OPTION_TEXT('redis', undefined, "give it with 'lockRedis', or leave both out."),
    );
  });

  it('refuse a Redis that is no client, and show no password of it', () => {
    const remedy = 'hand over a client of ioredis (new Redis(url, …) or a Cluster), or leave it out.';
    const url = 'redis://:secret@localhost';
    expect(() => resolve({ redis: url })).toThrow(OPTION_TEXT('redis', url, remedy));
    expect(OPTION_TEXT('redis', url, remedy)).not.toContain('secret');
    expect(() => resolve({ redis: {} })).toThrow(OPTION_TEXT('redis', {}, remedy));
    expect(() => resolve({ redis: null })).toThrow(OPTION_TEXT('redis', null, remedy));
  });

  it.each(['events', 'customer'])('refuse to be without %s', (option) => {
    expect(() => resolve({ [option]: undefined })).toThrow(`'${option}' is missing; `);
  });

  it.each([
    ['lockTTLMs', 'lockTtlMs'],
    ['broadcastTimeoutSecond', 'broadcastTimeoutSeconds'],
    ['Redis', 'redis'],
  ])('refuse the misspelt %s and tell that %s was meant', (misspelt, meant) => {
    expect(() => resolve({ [misspelt]: 1 })).toThrow(
      UNKNOWN_OPTION_TEXT('CustomerBroadcastModule', misspelt, meant, []),
    );
  });

  it('list what there is for a name that is like none', () => {
    expect(() => resolve({ somethingElse: 1 })).toThrow(
      /no option 'somethingElse'; it takes .*lockTtlMs.*redis/,
    );
    expect(() => resolve({ constructor: 1 })).toThrow("no option 'constructor'");
  });
});
