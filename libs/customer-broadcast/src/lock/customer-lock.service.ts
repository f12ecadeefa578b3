import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { Cluster, Redis } from 'ioredis';
import Redlock, { ExecutionError, type ExecutionStats, type Lock, ResourceLockedError } from 'redlock';
import { LOCK_EXPIRED_TEXT, RELEASE_FAILED_TEXT } from '../customer-broadcast.messages.ts';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import { metrics } from '../customer-broadcast.metrics.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { RedisBreaker } from '../hint/redis.breaker.ts';
import { UnreleasedLocks } from './unreleased-locks.ts';

const LOCK_PREFIX = 'lock:customer-broadcast-create:';

/** Redlock's allowance for clocks that run at different speeds, as a part of the lock's time. */
const DRIFT_FACTOR = 0.01;

/** What became of a vote that did not grant the lock. */
type Refusal = 'held' | 'split';

/** Redlock's own reports a lock as deleted also when Redis has refused to delete it. */
export const RELEASE_SCRIPT = `
  if redis.call("get", KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call("del", KEYS[1])`;

/**
 * A vote that nobody won (three nodes, three askers) is asked again; without it all of them would be refused and no
 * create would go on. A vote that somebody else won is not.
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
 * exclude each other. The only file that knows redlock. It makes a refusal early; what it guards is guarded by the slot.
 *
 * @see https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/
 * @see docs/decisions/0002-redis-is-a-hint.md
 */
@Injectable()
export class CustomerLockService implements OnModuleDestroy {
  readonly breaker: RedisBreaker;
  private readonly logger = new Logger(CustomerLockService.name);
  private readonly nodes: LockNodes;
  private readonly unreleased: UnreleasedLocks<Lock>;
  private readonly ttlMs: number;

  constructor(@Inject(RESOLVED_OPTIONS) { lockRedis, lockTtlMs }: ResolvedOptions) {
    this.ttlMs = lockTtlMs;
    this.breaker = RedisBreaker.forQuorum('lock', lockRedis);
    this.nodes = new LockNodes(lockRedis, lockTtlMs, (lock) => {
      this.unreleased.add(lock, performance.now() + lockTtlMs);
    });
    this.unreleased = new UnreleasedLocks((lock) => this.breaker.run(() => this.giveBack(lock)));
    this.breaker.recovered.subscribe(() => void this.unreleased.retry());
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
      const askedAtMs = performance.now();
      let vote: Lock | Refusal;
      try {
        vote = await this.breaker.run(() => this.nodes.vote(LOCK_PREFIX + customerId, VOTE_LIMIT_MS));
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

  /** A failure is logged and not thrown: what the lock was for has been decided. It is repeated until Redis has heard it. */
  private async release(customerId: string, lock: Lock, validUntilMs: number): Promise<void> {
    if (performance.now() >= validUntilMs) {
      this.logger.warn({ customerId }, LOCK_EXPIRED_TEXT(customerId));
      return;
    }
    try {
      const wasHeld = await this.breaker.attempt(() => this.giveBack(lock));
      if (!wasHeld) this.logger.warn({ customerId }, LOCK_EXPIRED_TEXT(customerId));
    } catch (error) {
      this.unreleased.add(lock, validUntilMs);
      this.logger.warn({ customerId }, RELEASE_FAILED_TEXT(customerId, reasonOf(error)));
    }
  }

  private giveBack(lock: Lock): Promise<boolean> {
    return this.nodes.giveBack(lock, VOTE_LIMIT_MS);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Redlock names the owner of each lock itself, and tells nobody when the lock was not granted. Here it can be asked. */
class NamingRedlock extends Redlock {
  lastOwner = '';

  override _random(): string {
    return (this.lastOwner = super._random());
  }
}

/** The Redis masters that vote on locks; one is a quorum of one. */
class LockNodes {
  // No retries: "is it taken?" is answered at once. Its `error` events are single votes, which are looked at below.
  private readonly redlock: NamingRedlock;

  /** @param onUnknown told of each lock that was not granted, and that so many nodes may hold all the same that nobody else gets it */
  constructor(
    clients: readonly (Redis | Cluster)[],
    private readonly ttlMs: number,
    private readonly onUnknown: (lock: Lock) => void,
  ) {
    this.redlock = new NamingRedlock(
      clients,
      { retryCount: 0, driftFactor: DRIFT_FACTOR },
      { releaseScript: () => RELEASE_SCRIPT },
    );
  }

  /**
   * Asks for the lock once.
   *
   * @returns the lock, or why there is none
   * @throws Error when a majority of the nodes could not be asked within `limitMs`
   */
  async vote(resource: string, limitMs: number): Promise<Lock | Refusal> {
    const acquired = this.redlock.acquire([resource], this.ttlMs);
    const lock: Lock = { resources: [resource], value: this.redlock.lastOwner, expiration: 0 };
    try {
      return await withinLimit(acquired, limitMs);
    } catch (error) {
      // Contention and outage are the same error to redlock; only the single votes tell them apart.
      const votes = error instanceof ExecutionError ? await error.attempts[0] : undefined;
      const held = votes ? countGone(votes) : 0;
      // Redlock has asked for it back, or was granted it after the limit; either may have got lost.
      if (!votes || held < votes.quorumSize) this.reportAfter(acquired, lock);
      if (!votes) throw error;
      if (held === 0 || held + votes.votesFor.size < votes.quorumSize) throw causeOf(votes) ?? error;
      return held >= votes.quorumSize && votes.votesFor.size === 0 ? 'held' : 'split';
    }
  }

  /**
   * Gives it back. Once a majority has answered, the others are too few to keep anybody from it.
   *
   * @returns false when a majority did not hold it any more
   * @throws Error when a majority has not answered within `limitMs`; some may have given it back
   */
  async giveBack(lock: Lock, limitMs: number): Promise<boolean> {
    return withinLimit(this.askBack(lock), limitMs);
  }

  private async askBack(lock: Lock): Promise<boolean> {
    try {
      await this.redlock.release(lock);
      return true;
    } catch (error) {
      const votes = error instanceof ExecutionError ? await error.attempts[0] : undefined;
      if (!votes) throw error;
      const gone = countGone(votes);
      if (gone + votes.votesFor.size < votes.quorumSize) throw causeOf(votes) ?? error;
      return gone < votes.quorumSize;
    }
  }

  /** Not before redlock has ended with it: what it still sends would be carried out after what is sent now. */
  private reportAfter(acquired: Promise<unknown>, lock: Lock): void {
    const report = (): void => this.onUnknown(lock);
    acquired.then(report, report);
  }
}

/** Nodes that have answered: somebody else holds it, or nobody. */
function countGone({ votesAgainst }: ExecutionStats): number {
  return [...votesAgainst.values()].filter((reason) => reason instanceof ResourceLockedError).length;
}

/** Why a node did not answer, or would not do it. */
function causeOf({ votesAgainst }: ExecutionStats): Error | undefined {
  return [...votesAgainst.values()].find((reason) => !(reason instanceof ResourceLockedError));
}

/**
 * After a failed vote redlock takes back what it may have been granted, and waits for that as long as for the vote: on a
 * hung Redis a create would pay twice. It also never settles a split vote of an even number of nodes.
 */
async function withinLimit<T>(promise: Promise<T>, ms: number): Promise<T> {
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
