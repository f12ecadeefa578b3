import type { Cluster, Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import Redlock, { ExecutionError, Lock, ResourceLockedError } from 'redlock';
import { withinLimit } from '../hint/time-limit.ts';

/** Redlock's allowance for clocks that run at different speeds, as a part of the lock's time. */
export const DRIFT_FACTOR = 0.01;

/** A tie of an even number of nodes never ends. By then each node has answered, or failed, twice: by hash and by text. */
const TIE_MS = 250;

const NO_MAJORITY = 'no majority';

/**
 * Takes the key, or refuses. A key that would stay longer than a lock lives is no lock of ours: it has no lifetime, or the
 * server's clock went back. It gets the lifetime of a lock, so that it ends. Asking again does not prolong it.
 */
export const ACQUIRE_SCRIPT = `
  if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
  local leftMs = redis.call('PTTL', KEYS[1])
  if leftMs < 0 or leftMs > tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return 0`;

/** Redlock's own reports a lock as deleted also when Redis has refused to delete it. */
export const RELEASE_SCRIPT = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])`;

/** One question for a lock, and the name of the lock when it is granted. */
export interface LockClaim {
  readonly key: string;
  /** Random, and never used for a second question: a release of the first could not be told from one of the second. */
  readonly owner: string;
}

/** `split`: no asker has won the vote, so asking again may help. */
export type Verdict = 'granted' | 'held' | 'split';

/** A vote without a majority in favour. */
interface Refusal {
  readonly yes: number;
  /** Another owner has the lock or, when it is given back, this one no longer has it. */
  readonly no: number;
  readonly nodes: number;
  readonly quorum: number;
}

/**
 * The Redis masters that vote on locks; one is a quorum of one. Redlock sends each question once and counts.
 *
 * The question is redlock's `extend`, which takes an owner that the caller names. Its `acquire` names the owner itself, and
 * tells the name only when the lock is granted: what a node granted too late could not be given back.
 *
 * @see docs/decisions/0014-the-caller-names-the-lock.md
 */
export class RedlockQuorum {
  private readonly redlock: Redlock;

  /**
   * @param ttlMs how long a lock lives, milliseconds, a whole number
   * @param onLeftover told of each claim that was not granted although a node may hold it, once redlock sends nothing more
   * for it: a release sent earlier could be overtaken
   */
  constructor(
    clients: readonly (Redis | Cluster)[],
    private readonly ttlMs: number,
    private readonly onLeftover: (claim: LockClaim) => void,
  ) {
    // Its `error` events are single votes, which are looked at below.
    this.redlock = new Redlock(
      clients,
      { retryCount: 0, driftFactor: DRIFT_FACTOR },
      { extendScript: () => ACQUIRE_SCRIPT, releaseScript: () => RELEASE_SCRIPT },
    );
  }

  /**
   * Asks all nodes for the lock, once. Redlock itself would wait for the slowest of them, and for ever for a tie.
   *
   * @param claim from {@link newClaim}, not asked for before
   * @throws Error when no majority has answered within `limitMs`; `onLeftover` is told
   */
  async ask(claim: LockClaim, limitMs: number): Promise<Verdict> {
    const asked = refusalOf(this.redlock.extend(this.lockOf(claim), this.ttlMs));
    let refusal: Refusal | null;
    try {
      refusal = await withinLimit(asked, limitMs, NO_MAJORITY);
    } catch (error) {
      this.reportAfter(asked, claim);
      throw error;
    }
    if (!refusal) return 'granted';
    if (refusal.no < refusal.nodes) this.onLeftover(claim);
    return refusal.no >= refusal.quorum && refusal.yes === 0 ? 'held' : 'split';
  }

  /**
   * Gives the lock back. Safe to call again: the lock of another owner stays.
   *
   * @returns false when a majority did not hold it any more
   * @throws Error when no majority has answered within `limitMs`; some may have given it back. The others, when a majority
   * has, are too few to refuse the next owner
   */
  async giveBack(claim: LockClaim, limitMs: number): Promise<boolean> {
    const asked = refusalOf(this.redlock.release(this.lockOf(claim)));
    const refusal = await withinLimit(asked, limitMs, NO_MAJORITY);
    return !refusal || refusal.no < refusal.quorum;
  }

  /** Redlock extends a lock only before it ends; this one is asked for with it. */
  private lockOf({ key, owner }: LockClaim): Lock {
    return new Lock(this.redlock, [key], owner, [], Infinity);
  }

  private reportAfter(asked: Promise<unknown>, claim: LockClaim): void {
    const tie = new Promise((resolve) => setTimeout(resolve, TIE_MS).unref());
    const report = (): void => this.onLeftover(claim);
    Promise.race([asked, tie]).then(report, report);
  }
}

/** A claim with an owner of its own. */
export function newClaim(key: string): LockClaim {
  return { key, owner: randomUUID() };
}

/**
 * Counts a vote.
 *
 * @returns null as soon as a majority is in favour; otherwise, once all nodes have answered or failed, what they said
 * @throws Error of a node that failed, when no majority has answered
 */
async function refusalOf(vote: Promise<unknown>): Promise<Refusal | null> {
  try {
    await vote;
    return null;
  } catch (error) {
    // Contention and outage are the same error to redlock; only the single votes tell them apart.
    const stats = error instanceof ExecutionError ? await error.attempts[0] : undefined;
    if (!stats) throw error;
    const { votesFor, votesAgainst, membershipSize: nodes, quorumSize: quorum } = stats;
    const failures = [...votesAgainst.values()].filter((reason) => !(reason instanceof ResourceLockedError));
    const [yes, no] = [votesFor.size, votesAgainst.size - failures.length];
    if (yes + no < quorum) throw failures[0] ?? error;
    return { yes, no, nodes, quorum };
  }
}
