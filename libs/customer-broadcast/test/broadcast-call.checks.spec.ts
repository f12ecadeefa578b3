import {
  type BroadcastActor,
  BroadcastInputException,
  CustomerBroadcastClient,
  type CustomerBroadcastClientOptions,
} from '@app/customer-broadcast';
import { describe, expect, it } from '@jest/globals';
import type { ClientProxy } from '@nestjs/microservices';
import { failureOf } from './transport-peer.ts';

const ACTOR: BroadcastActor = { sub: 'c1', role: 'customer' };
const ID = '0199a1b2-0000-7000-8000-000000000000';

/** Whoever touches it has sent something. */
const UNTOUCHED = new Proxy({} as ClientProxy, {
  get: () => {
    throw new Error('the proxy was used');
  },
});

const clientWith = (timeoutMs: number, retries = 1): CustomerBroadcastClient => {
  const options: CustomerBroadcastClientOptions = { timeoutMs, retries };
  return new CustomerBroadcastClient(UNTOUCHED, options);
};

describe('the client of the Redis transport, given an argument that cannot be right', () => {
  it.each([
    ['kind', 'empty', () => clientWith(1).forKind('')],
    ['kind', 'a pattern', () => clientWith(1).forKind('parcel.create')],
    ['id', 'empty', () => clientWith(1).forKind('parcel').get(ACTOR, '')],
    [
      'id',
      'missing',
      () =>
        clientWith(1)
          .forKind('parcel')
          .cancel(ACTOR, undefined as unknown as string),
    ],
    [
      'idempotencyKey',
      'empty',
      () => clientWith(1).forKind('parcel').create(ACTOR, {}, { idempotencyKey: '' }),
    ],
    [
      'idempotencyKey',
      'with a line break',
      () => clientWith(1).forKind('parcel').cancel(ACTOR, ID, { idempotencyKey: 'a\nb' }),
    ],
    [
      'idempotencyKey',
      'of 256 characters',
      () =>
        clientWith(1)
          .forKind('parcel')
          .step(ACTOR, ID, 'deliver', { idempotencyKey: 'k'.repeat(256) }),
    ],
    [
      'body',
      'null',
      () =>
        clientWith(1)
          .forKind('parcel')
          .create(ACTOR, null as unknown as object as never),
    ],
    ['body', 'with a BigInt', () => clientWith(1).forKind('parcel').create(ACTOR, { weight: 1n })],
    ['actor.sub', 'empty', () => clientWith(1).findActive({ ...ACTOR, sub: '' })],
    ['actor.role', 'with a space', () => clientWith(1).findActive({ ...ACTOR, role: 'a king' })],
    ['step', 'a pattern', () => clientWith(1).forKind('parcel').step(ACTOR, ID, 'parcel.deliver')],
    ['actor.sub', 'missing', () => clientWith(1).findActive(undefined as unknown as BroadcastActor)],
    ['timeoutMs', 'zero', () => clientWith(0)],
    ['retries', '11', () => clientWith(1, 11)],
  ] as const)('refuses %s %s before anything is sent', async (field, _, call) => {
    const failure = await failureOf((async () => call())());
    expect(failure).toBeInstanceOf(BroadcastInputException);
    expect(failure).toMatchObject({
      code: 'VALIDATION_FAILED',
      details: { errors: [{ field, message: expect.stringContaining(field) }] },
    });
  });
});
