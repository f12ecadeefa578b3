import type { PublicMembers } from '../interfaces/public-members.interface.ts';
import { AbsentBreaker } from './absent.breaker.ts';
import type { ActiveBroadcastHint } from './active-broadcast.hint.ts';

/**
 * The key where no Redis is configured: there never is one, and none is written. Each create asks Postgres, which decides
 * in any case.
 */
export class AbsentHint implements PublicMembers<ActiveBroadcastHint> {
  readonly breaker = new AbsentBreaker();

  onModuleInit(): Promise<void> {
    return this.breaker.firstLook;
  }

  onModuleDestroy(): void {
    // No connection, no probe.
  }

  read(): Promise<null> {
    return Promise.resolve(null);
  }

  set(): Promise<boolean> {
    return Promise.resolve(false);
  }

  close(): Promise<boolean> {
    return Promise.resolve(false);
  }

  readTombstone(): Promise<null> {
    return Promise.resolve(null);
  }

  reopen(): Promise<boolean> {
    return Promise.resolve(false);
  }

  deleteIfSame(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async *walk(): AsyncGenerator<string[]> {
    // No keys, no pages.
  }

  readMany(customerIds: readonly string[]): Promise<null[]> {
    return Promise.resolve(customerIds.map(() => null));
  }
}
