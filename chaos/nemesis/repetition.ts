import { setTimeout as pause } from 'node:timers/promises';

import type { Undo } from './fault.interface.ts';

/** What became of the single acts. */
export interface Tally {
  done: number;
  failed: number;
}

/**
 * Does something again and again until it is undone. An act that fails is counted: another fault may have its target down
 * at that moment.
 *
 * @param pauseMs between two acts, asked each time
 * @param describe what to say at the end
 */
export function repeatedly(
  act: () => Promise<unknown>,
  pauseMs: () => number,
  describe: (tally: Tally) => string = ({ done, failed }) => `${done} times, ${failed} failed`,
): Undo {
  const tally: Tally = { done: 0, failed: 0 };
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await act();
        tally.done += 1;
      } catch {
        tally.failed += 1;
      }
      await pause(pauseMs(), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await loop;
    return describe(tally);
  };
}
