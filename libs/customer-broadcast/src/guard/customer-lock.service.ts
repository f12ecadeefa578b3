import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import Redlock, { ExecutionError, type Lock, ResourceLockedError } from 'redlock';
import { LOCK_EXPIRED_TEXT, RELEASE_FAILED_TEXT } from '../customer-broadcast.messages.ts';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import { metrics } from '../customer-broadcast.metrics.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { RedisBreaker } from './redis.breaker.ts';

const LOCK_PREFIX = 'lock:customer-broadcast-create:';

/** Redlock's allowance for clocks that run at different speeds, as a part of the lock's time. */
const DRIFT_FACTOR = 0.01;

/**
 * A vote that nobody won (three nodes, three askers) is asked again; without it all of them would be refused and no
 * create would go on. A vote that somebody else won is not.
 */
const SPLIT_VOTE_ATTEMPTS = 5;
const SPLIT_VOTE_PAUSE_MS = 20;

const PATIENT_PAUSE_MS = 20;

/**
 * After a failed vote redlock takes back what it may have been granted, and waits for that as long as for the vote: on a
 * hung Redis a create would pay twice. It also never settles a split vote of an even number of nodes. A little longer than
 * the nodes' own time-out, so that one hung node of several does not end a vote that the others decide.
 */
const VOTE_LIMIT_MS = 120;

/** What became of asking for the lock. */
export type LockOutcome =
  | { readonly state: 'acquired'; readonly release: () => Promise<void> }
  /** Another create of this customer holds it. */
  | { readonly state: 'held' }
  /** It cannot be had: Redis is away, or it was granted too late to be valid. Go on without it. */
  | { readonly state: 'unavailable' };

type Vote = 'held' | 'split';

/**
 * The create lock of a customer, on one or several Redis masters. The only file that knows redlock. The owner is random,
 * so two creates of one customer exclude each other. It makes a refusal early; what it guards is guarded by the slot.
 *
 * @see https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/
 * @see docs/decisions/0002-redis-is-a-hint.md
 */
@Injectable()
export class CustomerLockService implements OnModuleDestroy {
  readonly breaker: RedisBreaker;
  private readonly logger = new Logger(CustomerLockService.name);
  private readonly redlock: Redlock;
  private readonly ttlMs: number;
  /** Locks whose release failed, with the end of their validity. */
  private readonly unreleased = new Map<Lock, number>();

  constructor(@Inject(RESOLVED_OPTIONS) { lockRedis, lockTtlMs }: ResolvedOptions) {
    this.ttlMs = lockTtlMs;
    this.breaker = RedisBreaker.forQuorum('lock', lockRedis);
    // No retries: "is it taken?" is answered at once. Its `error` events are single votes, which are looked at below.
    this.redlock = new Redlock(lockRedis, {
      retryCount: 0,
      driftFactor: DRIFT_FACTOR,
    });
    this.breaker.recovered.subscribe(() => this.releaseLeftovers());
  }

  onModuleDestroy(): void {
    this.breaker.stop();
  }

  /**
   * Never throws. The lock ends by itself after `lockTtlMs`, whatever happens to this process.
   *
   * @param patienceMs how long to go on asking for a lock that is held
   */
  async acquire(customerId: string, patienceMs = 0): Promise<LockOutcome> {
    const giveUpAtMs = performance.now() + patienceMs;
    let outcome = await this.ask(customerId);
    while (outcome.state === 'held' && performance.now() < giveUpAtMs) {
      await pause(PATIENT_PAUSE_MS);
      outcome = await this.ask(customerId);
    }
    metrics.lock.inc({ outcome: outcome.state });
    return outcome;
  }

  private async ask(customerId: string): Promise<LockOutcome> {
    for (let attempt = 1; attempt <= SPLIT_VOTE_ATTEMPTS; attempt++) {
      const askedAtMs = performance.now();
      let vote: Lock | Vote;
      try {
        vote = await this.breaker.run(() => this.vote(customerId));
      } catch {
        return { state: 'unavailable' }; // the breaker has logged why
      }
      if (vote === 'held') return { state: 'held' };
      if (vote === 'split') {
        await pause(Math.random() * SPLIT_VOTE_PAUSE_MS * attempt);
        continue;
      }
      const lock = vote;
      // By the monotonic clock: redlock compares wall clocks, and returns a lock that ended while it waited for answers.
      const validUntilMs = askedAtMs + this.ttlMs * (1 - DRIFT_FACTOR) - 2;
      const release = (): Promise<void> => this.release(customerId, lock, validUntilMs);
      if (performance.now() < validUntilMs) return { state: 'acquired', release };
      await release();
      return { state: 'unavailable' };
    }
    return { state: 'held' };
  }

  /** @throws Error when a majority of the nodes could not be asked */
  private async vote(customerId: string): Promise<Lock | Vote> {
    const acquired = this.redlock.acquire([LOCK_PREFIX + customerId], this.ttlMs);
    try {
      return await limit(acquired, VOTE_LIMIT_MS);
    } catch (error) {
      // Granted after the limit: nobody knows of it, and it would block the customer until it ends by itself.
      acquired.then((late) => this.redlock.release(late)).catch(() => undefined);
      if (!(error instanceof ExecutionError)) throw error;
      // Contention and outage are the same error to redlock; only the single votes tell them apart.
      const votes = await error.attempts[0];
      if (!votes) throw error;
      const refused = [...votes.votesAgainst.values()];
      const held = refused.filter((reason) => reason instanceof ResourceLockedError).length;
      if (held === 0 || held + votes.votesFor.size < votes.quorumSize) throw refused[0] ?? error;
      return held >= votes.quorumSize && votes.votesFor.size === 0 ? 'held' : 'split';
    }
  }

  /** A failure is logged and not thrown: what the lock was for has been decided. It is repeated when Redis is back. */
  private async release(customerId: string, lock: Lock, validUntilMs: number): Promise<void> {
    if (performance.now() >= validUntilMs) {
      this.logger.warn({ customerId }, LOCK_EXPIRED_TEXT(customerId));
      return;
    }
    try {
      const wasHeld = await this.breaker.run(() => limit(this.takeBack(lock), VOTE_LIMIT_MS));
      if (!wasHeld) this.logger.warn({ customerId }, LOCK_EXPIRED_TEXT(customerId));
    } catch (error) {
      this.unreleased.set(lock, validUntilMs);
      this.logger.warn({ customerId }, RELEASE_FAILED_TEXT(customerId, reasonOf(error)));
    }
  }

  /** @returns false when the lock was gone already, which redlock reports like an outage */
  private async takeBack(lock: Lock): Promise<boolean> {
    try {
      await this.redlock.release(lock);
      return true;
    } catch (error) {
      const votes = error instanceof ExecutionError ? await error.attempts[0] : undefined;
      const gone = [...(votes?.votesAgainst.values() ?? [])].some(
        (reason) => reason instanceof ResourceLockedError,
      );
      if (gone) return false;
      throw error;
    }
  }

  /** A customer whose create has ended is not blocked by its lock for longer than Redis was away. */
  private releaseLeftovers(): void {
    for (const [lock, validUntilMs] of this.unreleased) {
      if (performance.now() < validUntilMs) this.redlock.release(lock).catch(() => undefined);
    }
    this.unreleased.clear();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function limit<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(new Error(`no majority within ${ms} ms`));
    // After a stall of this process timers come first; what has arrived meanwhile is to be read before.
    timer = setTimeout(() => setImmediate(giveUp), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined); // rejected after the limit: nobody waits for it any more
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
