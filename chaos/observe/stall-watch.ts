import { waitedForProcessorMs } from '../../tools/process-state.ts';
import type { Stall } from '../history/operation.interface.ts';
import { nowMs } from '../site/run-clock.ts';
import type { Replica } from '../site/site.interface.ts';

const INTERVAL_MS = 20;
/** What a timer is late by on a busy machine without anything being wrong. */
const LATE_MS = 30;
const LOOK_EVERY_MS = 100;

export interface StallWatch {
  /** What was seen so far. */
  readonly stalls: readonly Stall[];
  /** Nothing more is looked for. Safe to call twice. */
  stop(): readonly Stall[];
}

/**
 * Notes when this process, or that of a replica, wanted to run and did not: a machine that has too much to do gives it no turn.
 * Here an answer that has been there for long is read late. A replica that waits for a processor can do nothing at all, its
 * deadlines included; how long it waits is counted by the kernel, so what the replica itself wastes is none of it.
 *
 * Of replicas it is known on Linux alone.
 */
export function watchStalls(replicas: readonly Pick<Replica, 'name' | 'process'>[] = []): StallWatch {
  const stalls: Stall[] = [];
  let dueAtMs = nowMs() + INTERVAL_MS;
  const timer = setInterval(() => {
    const untilMs = nowMs();
    if (untilMs - dueAtMs > LATE_MS) stalls.push({ process: null, fromMs: dueAtMs, untilMs });
    dueAtMs = untilMs + INTERVAL_MS;
  }, INTERVAL_MS);

  const waitedBefore = new Map<number, number>();
  const look = setInterval(() => {
    for (const { name, process } of replicas) {
      const waited = process && waitedForProcessorMs(process.pid);
      if (!process || waited === null) continue;
      const ms = waited - (waitedBefore.get(process.pid) ?? waited);
      waitedBefore.set(process.pid, waited);
      const untilMs = nowMs();
      if (ms > LATE_MS) stalls.push({ process: name, fromMs: untilMs - ms, untilMs });
    }
  }, LOOK_EVERY_MS);

  return {
    stalls,
    stop: () => {
      clearInterval(timer);
      clearInterval(look);
      return stalls;
    },
  };
}
