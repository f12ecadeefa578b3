import { Logger } from '@nestjs/common';
import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import type { Cluster, Redis } from 'ioredis';
import { Subject } from 'rxjs';
import { metrics } from '../customer-broadcast.metrics.ts';
import { REDIS_CLOSED_TEXT, REDIS_OPENED_TEXT } from '../customer-broadcast.messages.ts';
import { withinLimit } from './time-limit.ts';

/**
 * How often Redis is asked whether it is there. Longer keeps a service degraded for longer than Redis is, and leaves it to
 * a request to find out that Redis is gone; shorter only adds pings.
 */
const PROBE_INTERVAL_MS = 250;

/**
 * What a new process gives its connections; a second, with the last ping. Longer keeps a process that can do without Redis
 * from its requests; shorter lets it begin degraded beside a Redis that is well.
 */
const FIRST_LOOK_MS = 900;
const FIRST_LOOK_PAUSE_MS = 20;
/** For a client that has no time-out of its own. */
const PING_LIMIT_MS = 120;

/** The breakers of single clients, for as long as those live. */
const ofClient = new WeakMap<Redis | Cluster, RedisBreaker>();

/** The command was not sent, because the last one failed and no probe has succeeded since. */
export class RedisSkippedError extends Error {
  override readonly name = 'RedisSkippedError';
}

/**
 * Keeps a dead or hung Redis from costing every request: the first failure opens it, and from then on commands fail at
 * once until a probe in the background succeeds. Requests never probe. One failure is enough, because what is lost by
 * going without Redis for a quarter of a second is only earliness. The probe goes on while Redis is well, so that an
 * outage is known, and shown by the readiness probe, before a request meets it.
 *
 * @see https://github.com/connor4312/cockatiel
 */
export class RedisBreaker {
  /** Emits when Redis answers again. */
  readonly recovered = new Subject<void>();
  /**
   * Resolves when Redis has answered for the first time, or has had a second to; the breaker is open then. A connection that
   * is not there before is still being made, which is no outage and not logged. Never rejects.
   */
  readonly firstLook: Promise<void>;

  private readonly logger = new Logger(RedisBreaker.name);
  private readonly policy: CircuitBreakerPolicy;
  private readonly timer: NodeJS.Timeout;
  private probing = false;
  private stopped = false;
  private open = false;

  /**
   * @param use what this Redis is for, in logs and metrics
   * @param isBack resolves when Redis is usable
   */
  constructor(
    private readonly use: string,
    private readonly isBack: () => Promise<unknown>,
  ) {
    this.policy = circuitBreaker(handleWhen(isOutage), {
      halfOpenAfter: 1,
      breaker: new ConsecutiveBreaker(1),
    });
    this.policy.onBreak((reason) => this.opened('error' in reason ? reason.error : undefined));
    this.policy.onReset(() => this.closed());
    metrics.redisDegraded.set({ use }, 0);
    this.timer = setInterval(() => void this.probe(), PROBE_INTERVAL_MS);
    this.timer.unref();
    this.firstLook = this.look();
  }

  /**
   * Over all clients of a quorum: usable when a majority answers. One client has one breaker: where key and lock share a
   * Redis, a request that meets it hung pays once.
   */
  static forQuorum(use: string, clients: readonly (Redis | Cluster)[]): RedisBreaker {
    const [only] = clients;
    const shared = only && clients.length === 1 ? ofClient.get(only) : undefined;
    if (shared) return shared;
    const breaker = new RedisBreaker(use, async () => {
      const answers = await Promise.allSettled(clients.map((client) => client.ping()));
      const alive = answers.filter(({ status }) => status === 'fulfilled').length;
      if (alive <= clients.length / 2) throw new Error(`${alive} of ${clients.length} answer`);
    });
    // A restart that fits between two probes has emptied Redis all the same, and the reconciler must know.
    for (const client of clients) client.on('close', () => void breaker.probe());
    if (only && clients.length === 1) ofClient.set(only, breaker);
    return breaker;
  }

  get healthy(): boolean {
    return this.policy.state === CircuitState.Closed;
  }

  /**
   * Runs the command, or refuses to while Redis is away.
   *
   * @throws RedisSkippedError at once while open; otherwise the error of the command, which opens the breaker
   */
  async run<T>(command: () => Promise<T>): Promise<T> {
    if (!this.healthy) throw new RedisSkippedError(`Redis for the ${this.use} is away`);
    return this.policy.execute(command);
  }

  /**
   * Sends the command also while open, for one that should not be left undone: it may have opened because this process had no
   * turn, and then Redis is there. Only while closed does a failure count.
   */
  async attempt<T>(command: () => Promise<T>): Promise<T> {
    return this.healthy ? this.policy.execute(command) : command();
  }

  /** Ends the probe; the breaker stays as it is. */
  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    let spentMs = 0;
    let failure: Error | null = null;
    this.probing = true;
    while (spentMs < FIRST_LOOK_MS && !this.stopped) {
      const beganAtMs = performance.now();
      failure = await failureOf(withinLimit(this.isBack(), PING_LIMIT_MS, 'no answer'));
      if (!failure) break;
      await pause(FIRST_LOOK_PAUSE_MS);
      // A stall of this process is no time that its connections had.
      spentMs += Math.min(performance.now() - beganAtMs, PING_LIMIT_MS + FIRST_LOOK_PAUSE_MS);
    }
    this.probing = false;
    if (failure && !this.stopped) await failureOf(this.policy.execute(() => Promise.reject(failure)));
  }

  private async probe(): Promise<void> {
    if (this.probing || this.stopped) return;
    this.probing = true;
    await this.policy.execute(this.isBack).catch(() => undefined); // away: the next probe asks again
    this.probing = false;
  }

  private opened(error: unknown): void {
    metrics.redisDegraded.set({ use: this.use }, 1);
    if (this.open) return; // a failed probe opens it again
    this.open = true;
    this.logger.warn(REDIS_OPENED_TEXT(this.use, error instanceof Error ? error.message : String(error)));
  }

  private closed(): void {
    this.open = false;
    metrics.redisDegraded.set({ use: this.use }, 0);
    this.logger.log(REDIS_CLOSED_TEXT(this.use));
    this.recovered.next();
  }
}

/** Null when it resolves. */
function failureOf(promise: Promise<unknown>): Promise<Error | null> {
  return promise.then(
    () => null,
    (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * A Redis that replies with an error is there; it dislikes the command, a key of another type for example, and the next
 * customer's command may be fine. It is not usable while it loads its data, or has lost its master.
 */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return true;
  return /^(LOADING|MASTERDOWN|READONLY|CLUSTERDOWN)/.test(error.message);
}
