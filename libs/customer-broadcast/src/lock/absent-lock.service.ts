import { AbsentBreaker } from '../hint/absent.breaker.ts';
import type { PublicMembers } from '../interfaces/public-members.interface.ts';
import type { CreateLockService, LockOutcome } from './create-lock.service.ts';

/** The lock where no Redis is configured: it is never to be had, and creates go on without it to the slot. */
export class AbsentLock implements PublicMembers<CreateLockService> {
  readonly breaker = new AbsentBreaker();

  onModuleInit(): Promise<void> {
    return this.breaker.firstLook;
  }

  onModuleDestroy(): void {
    // No connection, no probe.
  }

  acquire(): Promise<LockOutcome> {
    return Promise.resolve({ state: 'unavailable' });
  }
}
