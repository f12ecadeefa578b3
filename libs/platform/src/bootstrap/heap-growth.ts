import { setFlagsFromString } from 'node:v8';

/**
 * How much larger than what is in use the old space may become before it is collected. At a fifth it was collected every three
 * seconds under load, and each time requests waited for 0.1 s: the collector's threads want the processors that Postgres and
 * the service need.
 */
const GROWTH_PERCENT = 100;

/**
 * Has V8 collect the old space when it is twice what is in use, as by itself it lets it grow to several times that while memory
 * is there; and has it never put a new object there at once. By itself V8 does so where it has seen most objects survive, as
 * under load they do for a while. Such an object is soon of no use, but stays until the old space is collected, and by it all
 * that it knows: nearly every request did. See docs/performance.md.
 *
 * Flags that V8 reads at each collection and each allocation, and that `NODE_OPTIONS` does not take.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  setFlagsFromString('--no-allocation-site-pretenuring');
}
