import { setFlagsFromString } from 'node:v8';

/**
 * How much larger than what is in use the old space may become before it is collected. At a fifth it was collected every three
 * seconds under load, and each time requests waited for 0.1 s: the collector's threads want the processors that Postgres and
 * the service need.
 */
const GROWTH_PERCENT = 100;

/**
 * Has V8 collect the old space when it is twice what is in use. By itself it lets it grow to several times that while memory is
 * there, see docs/performance.md.
 *
 * A flag that V8 reads at each collection, and that `NODE_OPTIONS` does not take.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
