import { Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LOCK_EXPIRED_TEXT, RELEASE_FAILED_TEXT } from '../customer-broadcast.messages.ts';
import { metrics } from '../customer-broadcast.metrics.ts';
import type { OptionsWithRedis } from '../interfaces/customer-broadcast-options.interface.ts';
import type { PublicMembers } from '../interfaces/public-members.interface.ts';
import { RedisBreaker } from '../hint/redis.breaker.ts';
import { DRIFT_FACTOR, type LockClaim, newClaim, RedlockQuorum, type Verdict } from './redlock.quorum.ts';
import { UnreleasedLocks } from './unreleased-locks.ts';

const LOCK_PREFIX = 'lock:customer-broadcast-create:';

/** What redlock takes off the lock's time beside the drift: Redis keeps time in whole milliseconds. */
const ROUNDING_MS = 2;

/**
 * A vote that no asker wins (three nodes, three askers) is asked again; without it all of them would be refused and no
 * create would go on. A vote that another asker wins is not.
 */
const SPLIT_VOTE_ATTEMPTS = 5;
const SPLIT_VOTE_PAUSE_MS = 20;

const PATIENT_PAUSE_MS = 20;

/** A little longer than the nodes' own time-out, so that one hung node of several does not end a vote that the others decide. */
const VOTE_LIMIT_MS = 120;

/** What became of asking for the lock. */
export type LockOutcome =
  | { readonly state: 'acquired'; readonly release: () => Promise<void> }
  /** Another create of this customer holds it. */
  | { readonly state: 'held' }
  /** It cannot be had: Redis is away, or it was granted too late to be valid. Go on without it. */
  | { readonly state: 'unavailable' };

/**
 * The create lock of a customer, on one or several Redis masters. The owner is random, so two creates of one customer
 * exclude each other. It makes a refusal early; what it guards is guarded by the slot.
 *
 * A key of the lock's name that was forged refuses for `lockTtlMs` at most, whatever its value, type and lifetime.
 *
 * @see https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/
 * @see docs/decisions/0002-redis-is-a-hint.md
 */
export class CreateLockService implements OnModuleInit, OnModuleDestroy {
  readonly breaker: PublicMembers<RedisBreaker>;
  private readonly logger = new Logger(CreateLockService.name);
  private readonly quorum: RedlockQuorum;
  private readonly unreleased: UnreleasedLocks<LockClaim>;
  private readonly ttlMs: number;
  private readonly keyPrefix: string;

  constructor({ lockRedis, lockTtlMs, redisPrefix }: OptionsWithRedis) {
    this.keyPrefix = redisPrefix + LOCK_PREFIX;
    this.ttlMs = lockTtlMs;
    this.breaker = RedisBreaker.forQuorum('lock', lockRedis);
    this.unreleased = new UnreleasedLocks((claim) => this.breaker.run(() => this.giveBack(claim)));
    this.quorum = new RedlockQuorum(lockRedis, lockTtlMs, (claim) => {
      void this.unreleased.addNow(claim, performance.now() + lockTtlMs);
    });
    this.breaker.recovered.subscribe(() => void this.unreleased.retry());
  }

  /** The first create of a process takes the lock too. */
  onModuleInit(): Promise<void> {
    return this.breaker.firstLook;
  }

  onModuleDestroy(): void {
    this.breaker.stop();
    this.unreleased.stop();
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
      const claim = newClaim(this.keyPrefix + customerId);
      const askedAtMs = performance.now();
      let verdict: Verdict;
      try {
        verdict = await this.breaker.run(() => this.quorum.ask(claim, VOTE_LIMIT_MS));
      } catch {
        return { state: 'unavailable' }; // the breaker has logged why
      }
      if (verdict === 'granted') return this.confirm(customerId, claim, askedAtMs);
      if (verdict === 'held') return { state: 'held' };
      await pause(Math.random() * SPLIT_VOTE_PAUSE_MS * attempt);
    }
    return { state: 'held' };
  }

  /** By the monotonic clock: redlock compares wall clocks, and returns a lock that ended while it waited for answers. */
  private async confirm(customerId: string, claim: LockClaim, askedAtMs: number): Promise<LockOutcome> {
    const validUntilMs = askedAtMs + this.ttlMs * (1 - DRIFT_FACTOR) - ROUNDING_MS;
    const release = (): Promise<void> => this.release(customerId, claim, validUntilMs);
    if (performance.now() < validUntilMs) return { state: 'acquired', release };
    await release();
    return { state: 'unavailable' };
  }

  /** A failure is logged and not thrown: what the lock was for has been decided. It is repeated until Redis has heard it. */
  private async release(customerId: string, claim: LockClaim, validUntilMs: number): Promise<void> {
    if (performance.now() >= validUntilMs) {
      this.logger.warn({ customerId }, LOCK_EXPIRED_TEXT(customerId));
      return;
    }
    try {
      const wasHeld = await this.breaker.attempt(() => this.giveBack(claim));
      if (!wasHeld) this.logger.warn({ customerId }, LOCK_EXPIRED_TEXT(customerId));
    } catch (error) {
      this.unreleased.add(claim, validUntilMs);
      this.logger.warn({ customerId }, RELEASE_FAILED_TEXT(customerId, reasonOf(error)));
    }
  }

  private giveBack(claim: LockClaim): Promise<boolean> {
    return this.quorum.giveBack(claim, VOTE_LIMIT_MS);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
