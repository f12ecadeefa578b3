import { describe, expect, it } from '@jest/globals';
import { BROADCAST_ROLES, type BroadcastRole } from '../interfaces/broadcast-actor.interface.ts';
import { BROADCAST_ACCESS, type BroadcastActionName, mayTry } from './broadcast-access.policy.ts';

/** As it was ordered, written out: c customer, t transporter, d dispatcher, o operator. */
const ORDERED: Readonly<Record<BroadcastActionName, string>> = {
  create: 'c',
  read: 'cto',
  list: 'co',
  cancel: 'co',
  accept: 't',
  start: 'to',
  complete: 'to',
  dispatch: 'd',
  'find-active': 'c',
  'expire-due': 'o',
};

const ACTIONS = Object.keys(BROADCAST_ACCESS) as BroadcastActionName[];

const TABLE = ACTIONS.flatMap((action) =>
  BROADCAST_ROLES.map((role) => ({ role, action, allowed: ORDERED[action].includes(role[0] ?? '?') })),
);

describe('the access policy', () => {
  it.each(TABLE)('lets the role $role try to $action: $allowed', ({ role, action, allowed }) => {
    expect(mayTry(role, action)).toBe(allowed);
  });

  it.each(ACTIONS)('lets a role that it does not know not %s', (action) => {
    expect(mayTry('admin' as BroadcastRole, action)).toBe(false);
  });
});
