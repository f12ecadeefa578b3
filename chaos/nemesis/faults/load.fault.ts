import type { Fault } from '../fault.interface.ts';

/** Makes so many times the usual load for a time; resolves when it is over. */
export type Burst = (factor: number, durationMs: number) => Promise<void>;

const FACTOR = 10;
const DURATION_MS = 2000;

/** Ten times the load for two seconds. The load belongs to the caller, which is asked for it. */
export function overload(burst: Burst): Fault {
  return {
    name: 'overload',
    matrix: 'F27',
    subject: 'load',
    sentence: 'ten times the usual load for 2 s',
    lastsMs: [DURATION_MS, DURATION_MS + 1000],
    target: () => 'all replicas',
    apply: () => {
      const over = burst(FACTOR, DURATION_MS);
      over.catch(() => undefined); // the undo tells
      return Promise.resolve(() => over.then(() => null));
    },
  };
}
