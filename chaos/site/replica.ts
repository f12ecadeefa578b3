import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { startService, type ServiceProcess } from '../../test/support/service-process.ts';
import { startTcpProxy } from '../../test/support/tcp-proxy.ts';
import { AgentLink } from './agent-link.ts';
import type { Kind, Replica, ReplicaProxies } from './site.interface.ts';

const HOOKS = pathToFileURL(resolve(import.meta.dirname, '../inject/agent.ts')).href;

export interface Stores {
  readonly databaseUrl: string;
  readonly keyUrl: string;
  readonly lockUrls: readonly string[];
}

/** A replica with a way of its own to each store, and hooks that no production process loads. */
export class ChaosReplica implements Replica {
  process: ServiceProcess | null = null;
  url = '';
  readonly name: string;

  readonly kind: Kind;
  readonly proxies: ReplicaProxies;
  readonly agent: AgentLink;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(
    kind: Kind,
    index: number,
    proxies: ReplicaProxies,
    agent: AgentLink,
    env: Readonly<Record<string, string>>,
  ) {
    this.kind = kind;
    this.name = `${kind}-${index}`;
    this.proxies = proxies;
    this.agent = agent;
    this.#env = env;
  }

  static async start(
    kind: Kind,
    index: number,
    stores: Stores,
    env: Readonly<Record<string, string>>,
  ): Promise<ChaosReplica> {
    const [postgres, key, ...locks] = await Promise.all(
      [stores.databaseUrl, stores.keyUrl, ...stores.lockUrls].map((url) => startTcpProxy(url)),
    );
    const replica = new ChaosReplica(
      kind,
      index,
      { postgres: postgres!, key: key!, locks },
      await AgentLink.open(),
      env,
    );
    await replica.restart();
    return replica;
  }

  async restart(): Promise<void> {
    await this.process?.kill();
    this.process = null;
    const started = await startService(`${this.kind}-service`, {
      databaseUrl: this.proxies.postgres.url,
      redisUrl: this.proxies.key.url,
      env: {
        REDIS_LOCK_URLS: this.proxies.locks.map(({ url }) => url).join(','),
        // As the scripts and the image start it; and the hooks.
        NODE_OPTIONS: `--max-semi-space-size=16 --import=${HOOKS} --disable-warning=ExperimentalWarning`,
        MALLOC_ARENA_MAX: '2',
        CHAOS_AGENT_PORT: String(this.agent.port),
        LOG_LEVEL: 'warn',
        ...this.#env,
      },
    });
    this.process = started;
    this.url = started.url;
    void started.exited.then(() => {
      if (this.process === started) this.process = null;
    });
  }

  openWays(): void {
    for (const proxy of [this.proxies.postgres, this.proxies.key, ...this.proxies.locks]) {
      proxy.delay(0);
      proxy.slice(false);
      proxy.pass();
    }
  }

  async stop(): Promise<void> {
    await this.process?.kill();
    this.agent.close();
    await Promise.all(
      [this.proxies.postgres, this.proxies.key, ...this.proxies.locks].map((proxy) => proxy.stop()),
    );
  }
}
