/** How many of the items, which are in the order of `instantOf`, are not after `untilMs`. */
export function countUntil<T>(items: readonly T[], instantOf: (item: T) => number, untilMs: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (instantOf(items[middle]!) <= untilMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
