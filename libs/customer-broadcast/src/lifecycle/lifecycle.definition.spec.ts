import { describe, expect, it } from '@jest/globals';
import { defineLifecycle, type LifecycleDefinition } from './lifecycle.definition.ts';
import * as messages from './lifecycle.messages.ts';

type Given = LifecycleDefinition<string, string>;

const PARCEL: Given = {
  statuses: ['requested', 'collecting', 'delivered', 'cancelled', 'expired'],
  initial: 'requested',
  active: ['requested', 'collecting'],
  steps: {
    collect: { from: ['requested'], to: 'collecting' },
    deliver: { from: ['collecting'], to: 'delivered' },
    cancel: { from: ['requested', 'collecting'], to: 'cancelled' },
    expire: { from: ['requested', 'collecting'], to: 'expired' },
  },
  opens: 'collect',
  cancels: 'cancel',
  expires: 'expire',
};

const withStep = (name: string, from: string[], to: string): Given => ({
  ...PARCEL,
  steps: { ...PARCEL.steps, [name]: { from, to } },
});

/** A fault in a declaration, and what is said of it. */
const FAULTS: readonly (readonly [string, Given, string])[] = [
  [
    'a status that is no name',
    { ...PARCEL, statuses: [...PARCEL.statuses, `it's`] },
    messages.STATUS_NAME_TEXT(`it's`),
  ],
  [
    'a status twice',
    { ...PARCEL, statuses: [...PARCEL.statuses, 'expired'] },
    messages.DUPLICATE_STATUS_TEXT('expired'),
  ],
  [
    'an unknown active status',
    { ...PARCEL, active: [...PARCEL.active, 'lost'] },
    messages.UNKNOWN_STATUS_TEXT('active', 'lost'),
  ],
  [
    'an unknown initial status',
    { ...PARCEL, initial: 'new' },
    messages.UNKNOWN_STATUS_TEXT('initial', 'new'),
  ],
  [
    'an initial status that is not active',
    { ...PARCEL, initial: 'delivered' },
    messages.INITIAL_NOT_ACTIVE_TEXT('delivered'),
  ],
  [
    'a step to an unknown status',
    withStep('lose', ['collecting'], 'lost'),
    messages.UNKNOWN_STATUS_TEXT("the step 'lose'", 'lost'),
  ],
  ['a step from nowhere', withStep('deliver', [], 'delivered'), messages.STEP_FROM_NOWHERE_TEXT('deliver')],
  [
    'a step that takes the slot again',
    withStep('again', ['collecting', 'expired'], 'requested'),
    messages.STEP_REOPENS_TEXT('again', 'expired', 'requested'),
  ],
  [
    'a cancel that is not declared',
    { ...PARCEL, cancels: 'abort' },
    messages.MISSING_STEP_TEXT('cancels', 'abort'),
  ],
  [
    'an opening that is not declared',
    { ...PARCEL, opens: 'announce' },
    messages.MISSING_STEP_TEXT('opens', 'announce'),
  ],
  [
    'a cancel that leaves an active status out',
    withStep('cancel', ['requested'], 'cancelled'),
    messages.STEP_FREES_NOT_TEXT('cancels', 'cancel', 'collecting'),
  ],
  [
    'an expiry that keeps the slot',
    withStep('expire', ['requested', 'collecting'], 'requested'),
    messages.STEP_FREES_NOT_TEXT('expires', 'expire', 'requested'),
  ],
  [
    'an opening that ends the broadcast',
    { ...PARCEL, opens: 'deliver' },
    messages.STEP_OPENS_NOT_TEXT('deliver'),
  ],
];

describe('a declared life', () => {
  const life = defineLifecycle(PARCEL);

  it('knows which statuses are active, and no others', () => {
    expect(PARCEL.statuses.filter((status) => life.isActive(status))).toEqual(PARCEL.active);
    expect(life.isActive('created')).toBe(false);
  });

  it('begins with its initial status and with nothing else', () => {
    expect(PARCEL.statuses.filter((status) => life.allows(null, status))).toEqual(['requested']);
  });

  it('allows what a step declares, and nothing else', () => {
    const allowed = PARCEL.statuses.flatMap((from) =>
      PARCEL.statuses.filter((to) => life.allows(from, to)).map((to) => `${from} ${to}`),
    );
    expect(allowed).toEqual([
      'requested collecting',
      'requested cancelled',
      'requested expired',
      'collecting delivered',
      'collecting cancelled',
      'collecting expired',
    ]);
  });

  it('names its steps to a caller who asks for another', () => {
    const known = ['collect', 'deliver', 'cancel', 'expire'];
    expect(() => life.step('toString')).toThrow(messages.UNKNOWN_STEP_TEXT('toString', known));
    expect(life.step('deliver')).toEqual({ from: ['collecting'], to: 'delivered' });
  });

  it('ends where its expiry leads', () => {
    expect(life.expired).toBe('expired');
  });

  it.each(FAULTS)('is refused with %s', (_, definition, text) => {
    expect(() => defineLifecycle(definition)).toThrow(text);
  });
});
