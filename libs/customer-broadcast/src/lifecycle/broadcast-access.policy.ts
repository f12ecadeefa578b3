import type { BroadcastRole } from '../interfaces/broadcast-actor.interface.ts';

/** Who may do what to a broadcast, whichever transport it comes over. Whose it is, is asked afterwards. @publicApi */
export const BROADCAST_ACCESS = {
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
} as const satisfies Record<string, readonly BroadcastRole[]>;

/** What somebody may try to do to a broadcast. @publicApi */
export type BroadcastActionName = keyof typeof BROADCAST_ACCESS;

/** Those that change one broadcast. An expiry run is none: it is about all that are overdue, and repeats without harm. */
const COMMANDS: readonly BroadcastActionName[] = [
  'create',
  'cancel',
  'accept',
  'start',
  'complete',
  'dispatch',
];

/** Whether the action changes a broadcast, so that its repetition must be told from a second one. */
export function isCommand(action: BroadcastActionName): boolean {
  return COMMANDS.includes(action);
}

/** Whether a role may try this action at all. */
export function mayTry(role: BroadcastRole, action: BroadcastActionName): boolean {
  return (BROADCAST_ACCESS[action] as readonly BroadcastRole[]).includes(role);
}
