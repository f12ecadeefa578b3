import { describe, expect, it } from '@jest/globals';
import { parseBroadcastEvent } from './broadcast-event.parser.ts';

const EVENT = {
  kind: 'parcel',
  broadcastId: '0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b',
  customerId: 'customer|42',
};

describe('an event from the bus', () => {
  it('is read by the three fields that the listener uses', () => {
    const wire = { ...EVENT, eventId: 'any', status: 'expired', occurredAt: 'any', more: 1 };
    expect(parseBroadcastEvent(wire)).toEqual(EVENT);
  });

  it.each<readonly [what: string, payload: unknown]>([
    ['null', null],
    ['nothing', undefined],
    ['a text', 'event'],
    ['a number', 7],
    ['a list', [EVENT]],
    ['an empty object', {}],
    ['an event without a kind', { ...EVENT, kind: undefined }],
    ['a kind with a space', { ...EVENT, kind: 'par cel' }],
    ['a kind of 41 characters', { ...EVENT, kind: 'k'.repeat(41) }],
    ['a kind with a line break at its end', { ...EVENT, kind: 'parcel\n' }],
    ['an id that is no UUID', { ...EVENT, broadcastId: '42' }],
    ['an id in an object', { ...EVENT, broadcastId: { id: EVENT.broadcastId } }],
    ['a customer of 0 characters', { ...EVENT, customerId: '' }],
    ['a customer of 129 characters', { ...EVENT, customerId: 'c'.repeat(129) }],
    ['a customer with a space', { ...EVENT, customerId: 'a b' }],
    ['a customer beyond ASCII', { ...EVENT, customerId: 'ä' }],
    ['a customer that is a number', { ...EVENT, customerId: 42 }],
  ])('is none when it is %s', (_, payload) => {
    expect(parseBroadcastEvent(payload)).toBeNull();
  });

  it.each(['~', '!', 'c'.repeat(128), '*', 'a:b', '../x'])('may name the customer %j', (customerId) => {
    expect(parseBroadcastEvent({ ...EVENT, customerId })).toEqual({ ...EVENT, customerId });
  });
});
