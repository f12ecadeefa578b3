import type { Operation } from '../../history/operation.interface.ts';
import { isActive } from '../status.ts';
import type { Claim } from './slot-step.interface.ts';

/**
 * What an answer says about its customer's slot.
 *
 * @param isRepeat whether an operation before it had the same idempotency key: over RPC no answer says that it is a replay
 * @returns null when it says nothing
 */
export function claimOf(operation: Operation, isRepeat: boolean): Claim | null {
  if (operation.outcome === 'info') return null;
  if (operation.outcome === 'fail') return claimOfRefusal(operation);
  const { action, broadcastId: id } = operation;
  if (id === null) return action === 'find-active' ? { type: 'free' } : null;
  if (operation.replayed) return { type: action === 'cancel' ? 'ended' : 'exists', id, releases: false };
  switch (action) {
    case 'create':
      return claimOfCreate(operation, id, isRepeat);
    case 'find-active':
      return { type: 'held', id };
    case 'cancel':
      return { type: 'ended', id, releases: true };
    case 'start':
    case 'complete':
      return { type: 'ended', id, releases: false };
    case 'accept':
    case 'dispatched':
      if (isRepeat && operation.transport === 'rpc') return { type: 'exists', id };
      return claimOfStatus(operation, id);
    case 'get':
      return claimOfStatus(operation, id);
  }
}

function claimOfStatus({ action, broadcastStatus }: Operation, id: string): Claim {
  if (broadcastStatus === null) return { type: 'exists', id };
  if (isActive(broadcastStatus)) return { type: 'held', id };
  return { type: 'ended', id, releases: action === 'accept' };
}

function claimOfCreate({ onActive, status, transport }: Operation, id: string, isRepeat: boolean): Claim {
  if (onActive === 'return' && transport === 'http' && status === 200) return { type: 'held', id };
  const replaces = onActive === 'replace';
  if (transport === 'http') return { type: 'create', id, replaces, orElse: 'never' };
  // Over RPC the answer does not say whether the broadcast is new.
  if (isRepeat) return { type: 'create', id, replaces, orElse: 'exists' };
  return { type: 'create', id, replaces, orElse: onActive === 'return' ? 'held' : 'never' };
}

function claimOfRefusal(operation: Operation): Claim | null {
  const { action, broadcastId: id, code, refusedBy } = operation;
  if (refusedBy !== null) return { type: 'held', id: refusedBy };
  if (id === null || action === 'create') return null;
  if (code === 'NOT_FOUND') {
    return operation.actorId === operation.customerId ? { type: 'absent', id } : null;
  }
  const saysEnded = action === 'cancel' || action === 'accept' || action === 'dispatched';
  if (code === 'INVALID_TRANSITION')
    return saysEnded ? { type: 'ended', id, releases: false } : { type: 'exists', id };
  return code === 'NO_LONGER_AVAILABLE' ? { type: 'exists', id } : null;
}
