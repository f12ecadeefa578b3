import type pg from 'pg';

import type { ServiceProcess } from '../../test/support/service-process.ts';
import type { TcpProxy } from '../../test/support/tcp-proxy.ts';
import type { EmbeddedServer } from '../../tools/embedded/embedded-server.interface.ts';
import type { AgentLink } from './agent-link.ts';
import type { Issuer } from './issuer.ts';

export const KINDS = ['booking', 'order'] as const;
export type Kind = (typeof KINDS)[number];

/** The ways from one replica to the stores. Each replica has its own, so that a fault can hit one of them. */
export interface ReplicaProxies {
  readonly postgres: TcpProxy;
  /** To the Redis of the key, the messages and the claims. */
  readonly key: TcpProxy;
  readonly locks: readonly TcpProxy[];
}

/** One replica of a service, over all of its processes. */
export interface Replica {
  /** `booking-0`. */
  readonly name: string;
  readonly kind: Kind;
  readonly proxies: ReplicaProxies;
  /** Of the process that runs, or ran last: another one after a restart. */
  readonly url: string;
  /** Null between a kill and the restart. */
  readonly process: ServiceProcess | null;
  /** To the hooks that are loaded into the process, for crash points. */
  readonly agent: AgentLink;
  /** Kills what runs, if anything, and starts a new process. Resolves when it is live. */
  restart(): Promise<void>;
}

/** Everything that a run works on; on 127.0.0.1, on free ports, gone with this process at the latest. */
export interface Site {
  readonly postgres: EmbeddedServer;
  readonly key: EmbeddedServer;
  readonly locks: readonly EmbeddedServer[];
  readonly replicas: readonly Replica[];
  /** Its tokens are taken as well as those of the shared secret. */
  readonly issuer: Issuer;
  /** Straight to the database, past every proxy. Fails while Postgres is down; use {@link query} to wait for it. */
  readonly pool: pg.Pool;
  /** Repeats while Postgres cannot be reached, 30 s at most. */
  query<R extends pg.QueryResultRow>(sql: string, params?: unknown[]): Promise<R[]>;
  replicasOf(kind: Kind): readonly Replica[];
  /** Undoes every fault that a proxy or a signal made, and starts what is down. */
  heal(): Promise<void>;
  /** Safe to call twice. */
  stop(): Promise<void>;
}
