import { AsyncLocalStorage } from 'node:async_hooks';

/** When the request that is being handled was here as a whole, by the monotonic clock. */
const arrival = new AsyncLocalStorage<number>();

/** Handles a request that has just arrived; everything that `handle` starts knows since when. */
export function arrivedNow<T>(handle: () => T): T {
  return arrival.run(performance.now(), handle);
}

/** Milliseconds since the request arrived; 0 where nobody noted it. */
export function elapsedMs(): number {
  const arrivedAtMs = arrival.getStore();
  return arrivedAtMs === undefined ? 0 : performance.now() - arrivedAtMs;
}
