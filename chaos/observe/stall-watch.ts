import type { Stall } from '../history/operation.interface.ts';
import { nowMs } from '../site/run-clock.ts';

const INTERVAL_MS = 20;
/** What a timer is late by on a busy machine without anything being wrong. */
const LATE_MS = 30;

/**
 * Notes when this process did not run although it wanted to: a machine that has too much to do gives it no turn, and an
 * answer that has been there for long is read late.
 */
export function watchStalls(): { stop(): readonly Stall[] } {
  const stalls: Stall[] = [];
  let dueAtMs = nowMs() + INTERVAL_MS;
  const timer = setInterval(() => {
    const untilMs = nowMs();
    if (untilMs - dueAtMs > LATE_MS) stalls.push({ fromMs: dueAtMs, untilMs });
    dueAtMs = untilMs + INTERVAL_MS;
  }, INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return stalls;
    },
  };
}
