import { describe, expect, it } from '@jest/globals';
import { type Role, ROLES } from '@app/platform';
import { mayTry, TRUCK_ACCESS, type TruckActionName } from './truck-access.policy.ts';

/** As it was ordered, written out: c customer, t transporter, d dispatcher, o operator. */
const ORDERED: Readonly<Record<TruckActionName, string>> = {
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

const ACTIONS = Object.keys(TRUCK_ACCESS) as TruckActionName[];

const TABLE = ACTIONS.flatMap((action) =>
  ROLES.map((role) => ({ role, action, allowed: ORDERED[action].includes(role[0] ?? '?') })),
);

describe('the access policy', () => {
  it.each(TABLE)('lets the role $role try to $action: $allowed', ({ role, action, allowed }) => {
    expect(mayTry(role, action)).toBe(allowed);
  });

  it.each(ACTIONS)('lets a role that it does not know not %s', (action) => {
    expect(mayTry('admin' as Role, action)).toBe(false);
  });
});
