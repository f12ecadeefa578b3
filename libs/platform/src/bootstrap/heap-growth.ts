import { setFlagsFromString } from 'node:v8';

/**
 * How much larger than what is in use the old space may become before it is collected. At a fifth it was collected every three
 * seconds under load, and each time requests waited for 0.1 s: the collector's threads want the processors that Postgres and
 * the service need.
 */
const GROWTH_PERCENT = 100;

/**
 * Keeps the old space small, in two ways. V8 collects it when it is twice what is in use; by itself it lets it grow to several
 * times that while memory is there. And no new object is put there at once: by itself V8 does so where it has seen most
 * survive, as happens under load, and such an object then keeps all that it knows, long after its request was answered.
 *
 * Flags that V8 reads as it goes, and that `NODE_OPTIONS` does not take.
 *
 * @see docs/performance.md
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  setFlagsFromString('--no-allocation-site-pretenuring');
}
