import { Logger } from '@nestjs/common';

import type { HistoryRecorder } from '../history/history.recorder.ts';
import { nowMs } from '../site/run-clock.ts';
import type { Site } from '../site/site.interface.ts';
import { CustomerKnowledge } from './customer-knowledge.ts';
import { HttpCaller } from './http.caller.ts';
import { LoadWorker } from './load.worker.ts';
import type { PlannedRequest } from './request.interface.ts';
import { hotCustomersOf, planRequests } from './request-plan.ts';
import { RpcCaller } from './rpc.caller.ts';

export interface LoadOptions {
  readonly seed: number;
  /** Requests a second on average, repeats not counted. @default 200 */
  readonly ratePerSecond?: number;
  /**
   * Requests at once at most; what is due while all are busy waits, and its waiting counts. As many wait as there are workers:
   * of more the oldest is given up, or an outage would be followed by minutes of more than was asked for. @default 64
   */
  readonly workers?: number;
  /** Customers who come again and again; a stream of others comes once or twice. @default 300 */
  readonly hotCustomers?: number;
}

export interface LoadProgress {
  /** Requests that a worker has taken. */
  readonly taken: number;
  /** Requests that are due and wait for a worker. */
  readonly waiting: number;
  /** Requests that were due and that no worker has taken, because too many newer ones waited. */
  readonly givenUp: number;
  readonly busyWorkers: number;
}

export interface Load {
  /** Whom {@link probeCustomers} should ask about. */
  readonly hotCustomers: readonly string[];
  progress(): LoadProgress;
  /** Takes no more requests and resolves when the last answer, or its time limit, has come. What was due is given up. */
  stop(): Promise<LoadProgress>;
}

/** What is known of fresh customers is forgotten after this many, hot ones not counted. */
const FRESH_KNOWN = 200;

/**
 * Sends requests by an open-loop schedule: they are due when they are due, whether earlier ones were answered or not. What
 * chance decides is decided by the seed; what depends on answers (whose broadcast there is to cancel) is not.
 */
export function startLoad(site: Site, recorder: HistoryRecorder, options: LoadOptions): Load {
  const { seed, ratePerSecond = 200, workers: workerCount = 64, hotCustomers: hotCount = 300 } = options;
  const requests = planRequests({ seed, ratePerSecond, hotCustomers: hotCount });
  const callers = { http: new HttpCaller(site), rpc: new RpcCaller(site.key.url) };
  const knowledgeOf = knowledge(hotCustomersOf(hotCount));
  Logger.overrideLogger(false); // of the Redis transport: a line for each attempt to reconnect, and outages are the point
  const startedAtMs = nowMs();
  const due: PlannedRequest[] = [];
  let next = requests.next().value;
  let taken = 0;
  let givenUp = 0;
  let stopping = false;
  let failure: unknown;
  let timer: NodeJS.Timeout | undefined;
  let idle: () => void = () => undefined;

  const tools = { callers, recorder, isStopping: () => stopping };
  const free = Array.from({ length: workerCount }, (_, number) => new LoadWorker(number, workerCount, tools));
  const progress = (): LoadProgress => ({
    taken,
    waiting: due.length,
    givenUp,
    busyWorkers: workerCount - free.length,
  });

  const dispatch = (): void => {
    while (!stopping && free.length > 0 && due.length > 0) {
      const planned = due.shift()!;
      const worker = free.pop()!;
      taken += 1;
      worker
        .run(planned, startedAtMs + planned.dueAfterMs, knowledgeOf(planned.customerId))
        .catch((error: unknown) => {
          failure ??= error;
          stopping = true;
        })
        .finally(() => {
          free.push(worker);
          if (free.length === workerCount) idle();
          dispatch();
        });
    }
  };
  const tick = (): void => {
    const elapsedMs = nowMs() - startedAtMs;
    for (; next.dueAfterMs <= elapsedMs; next = requests.next().value) due.push(next);
    givenUp += due.splice(0, Math.max(0, due.length - free.length - workerCount)).length;
    dispatch();
    if (!stopping) timer = setTimeout(tick, next.dueAfterMs - elapsedMs);
  };
  tick();

  return {
    hotCustomers: hotCustomersOf(hotCount),
    progress,
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      if (free.length < workerCount) await new Promise<void>((resolve) => (idle = resolve));
      await Promise.all([callers.http.close(), callers.rpc.close()]);
      if (failure !== undefined) throw failure as Error;
      return progress();
    },
  };
}

/** One memory for each customer; hot ones are kept, of the others the newest. */
function knowledge(hot: readonly string[]): (customerId: string) => CustomerKnowledge {
  const known = new Map(hot.map((customerId) => [customerId, new CustomerKnowledge()]));
  return (customerId) => {
    let found = known.get(customerId);
    if (!found) {
      found = new CustomerKnowledge();
      known.set(customerId, found);
      if (known.size > hot.length + FRESH_KNOWN) {
        const oldest = [...known.keys()][hot.length];
        if (oldest !== undefined) known.delete(oldest);
      }
    }
    return found;
  };
}
