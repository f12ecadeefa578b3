import { defineLifecycle } from '../src/lifecycle/lifecycle.definition.ts';

const ACTIVE = ['created', 'broadcasting', 'active', 'partially_filled'] as const;

/** A life with the statuses that the tables of the migrated template allow, and steps between most of them. */
export const TEST_LIFE = defineLifecycle({
  statuses: [...ACTIVE, 'fully_filled', 'cancelled', 'expired'],
  initial: 'created',
  active: ACTIVE,
  steps: {
    announce: { from: ['created'], to: 'broadcasting' },
    report: { from: ['created', 'broadcasting'], to: 'active' },
    fillPartly: { from: ['created', 'broadcasting', 'active'], to: 'partially_filled' },
    fill: { from: ACTIVE, to: 'fully_filled' },
    cancel: { from: [...ACTIVE, 'fully_filled'], to: 'cancelled' },
    expire: { from: ACTIVE, to: 'expired' },
  },
  opens: 'announce',
  cancels: 'cancel',
  expires: 'expire',
});
