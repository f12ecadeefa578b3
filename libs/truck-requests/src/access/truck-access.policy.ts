import type { Role } from '@app/platform';

/** Who may do what to a request for trucks, whichever transport it comes over. Whose it is, is asked afterwards. @publicApi */
export const TRUCK_ACCESS = {
  create: ['customer'],
  read: ['customer', 'operator', 'transporter'],
  list: ['customer', 'operator'],
  cancel: ['customer', 'operator'],
  accept: ['transporter'],
  start: ['transporter', 'operator'],
  complete: ['transporter', 'operator'],
  dispatch: ['dispatcher'],
  'find-active': ['customer'],
  'expire-due': ['operator'],
} as const satisfies Record<string, readonly Role[]>;

/** What a user may try to do to a request for trucks. @publicApi */
export type TruckActionName = keyof typeof TRUCK_ACCESS;

/**
 * Those that change one request. An expiry run is none: it is about all that are overdue, and repeats without harm. A create is
 * made safe to repeat by the guard.
 */
const COMMANDS: readonly TruckActionName[] = ['cancel', 'accept', 'start', 'complete', 'dispatch'];

/** Whether the action changes a request, so that its repetition must be told from a second one. */
export function isCommand(action: TruckActionName): boolean {
  return COMMANDS.includes(action);
}

/** Whether a role may try this action at all. */
export function mayTry(role: Role, action: TruckActionName): boolean {
  return (TRUCK_ACCESS[action] as readonly Role[]).includes(role);
}
