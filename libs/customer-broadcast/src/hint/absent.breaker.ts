import { Subject } from 'rxjs';
import type { PublicMembers } from '../interfaces/public-members.interface.ts';
import type { RedisBreaker } from './redis.breaker.ts';

/** Where no Redis is configured, none can be away: always healthy, never recovering. */
export class AbsentBreaker implements PublicMembers<RedisBreaker> {
  readonly recovered = new Subject<void>();
  readonly firstLook = Promise.resolve();
  readonly healthy = true;

  run<T>(command: () => Promise<T>): Promise<T> {
    return command();
  }

  attempt<T>(command: () => Promise<T>): Promise<T> {
    return command();
  }

  stop(): void {
    // Nothing runs.
  }
}
