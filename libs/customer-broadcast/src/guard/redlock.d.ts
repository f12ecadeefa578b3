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

  export interface Lock {
    readonly value: string;
    readonly expiration: number;
  }

  export default class Redlock {
    constructor(clients: Iterable<Redis | Cluster>, settings: { retryCount: number; driftFactor: number });
    acquire(resources: string[], durationMs: number): Promise<Lock>;
    release(lock: Lock): Promise<unknown>;
  }
}
