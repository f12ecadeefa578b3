import { type BroadcastTransition, defineLifecycle } from '@app/customer-broadcast';

const ACTIVE = ['created', 'broadcasting', 'active', 'partially_filled'] as const;

/**
 * The life of a request for trucks. `fillPartly` and `fill` may follow any active status, because a transporter can accept
 * before the dispatcher has reported. The database holds a copy of the active statuses; a test compares the two.
 *
 * @publicApi
 */
export const TRUCK_LIFE = defineLifecycle({
  statuses: [...ACTIVE, 'fully_filled', 'in_progress', 'completed', 'cancelled', 'expired'],
  initial: 'created',
  active: ACTIVE,
  steps: {
    announce: { from: ['created'], to: 'broadcasting' },
    dispatch: { from: ['created', 'broadcasting'], to: 'active' },
    fillPartly: { from: ['created', 'broadcasting', 'active'], to: 'partially_filled' },
    fill: { from: ACTIVE, to: 'fully_filled' },
    start: { from: ['fully_filled'], to: 'in_progress' },
    complete: { from: ['in_progress'], to: 'completed' },
    cancel: { from: [...ACTIVE, 'fully_filled'], to: 'cancelled' },
    expire: { from: ACTIVE, to: 'expired' },
  },
  opens: 'announce',
  cancels: 'cancel',
  expires: 'expire',
});

/** A status of a request for trucks. @publicApi */
export type TruckStatus = (typeof TRUCK_LIFE.statuses)[number];

/** A status in which it holds its customer's slot. @publicApi */
export type ActiveTruckStatus = (typeof ACTIVE)[number];

/** One step in the life of a request for trucks. @publicApi */
export interface TruckTransition extends BroadcastTransition {
  readonly from: TruckStatus | null;
  readonly to: TruckStatus;
}
