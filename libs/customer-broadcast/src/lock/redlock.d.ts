/**
 * The part of redlock 5 that is used here. Its own declarations exist, but its package.json does not lead an ES module to
 * them, and they were written for another major of ioredis.
 */
declare module 'redlock' {
  import type { Cluster, Redis } from 'ioredis';

  export class ResourceLockedError extends Error {}

  export interface ExecutionStats {
    readonly membershipSize: number;
    readonly quorumSize: number;
    readonly votesFor: Set<Redis | Cluster>;
    readonly votesAgainst: Map<Redis | Cluster, Error>;
  }

  export class ExecutionError extends Error {
    readonly attempts: readonly Promise<ExecutionStats>[];
  }

  /** By its owner's name, whether it was granted or not. */
  export interface Lock {
    readonly resources: string[];
    readonly value: string;
    /** Set to 0 by `release`. */
    expiration: number;
  }

  export default class Redlock {
    constructor(
      clients: Iterable<Redis | Cluster>,
      settings: { retryCount: number; driftFactor: number },
      scripts: { releaseScript: (own: string) => string },
    );
    acquire(resources: string[], durationMs: number): Promise<Lock>;
    release(lock: Lock): Promise<unknown>;
    /** Names the owner of the lock that `acquire` has just been asked for; called by it before anything is awaited. */
    _random(): string;
  }
}
