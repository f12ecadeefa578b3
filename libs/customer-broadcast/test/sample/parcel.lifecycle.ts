import { defineLifecycle } from '@app/customer-broadcast';

const ACTIVE = ['requested', 'collecting'] as const;

export const PARCEL_LIFE = defineLifecycle({
  statuses: [...ACTIVE, 'delivered', 'cancelled', 'expired'],
  initial: 'requested',
  active: ACTIVE,
  steps: {
    collect: { from: ['requested'], to: 'collecting' },
    deliver: { from: ['collecting'], to: 'delivered' },
    cancel: { from: ACTIVE, to: 'cancelled' },
    expire: { from: ACTIVE, to: 'expired' },
  },
  opens: 'collect',
  cancels: 'cancel',
  expires: 'expire',
});
