import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects what the start left behind and gives its memory back, before anybody can ask. Loading the modules fills the whole space
 * of short-lived objects, and V8 keeps that space until it runs out of memory or is told that it has.
 *
 * Holds the process up for as long as a start's heap takes, once. `last-resort` is the one collection that makes that space small
 * again; by hand, what the inspector and a plain `gc()` start did not.
 *
 * @see docs/performance.md
 */
export function shrinkHeap(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NodeJS.GCFunction;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', flavor: 'last-resort' });
}
