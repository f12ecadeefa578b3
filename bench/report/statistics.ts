/** @throws RangeError for an empty list, which has none */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The smallest value that `part` of all values do not exceed (nearest rank): always a value that was measured.
 *
 * @param part 0 to 1, 0.99 for p99
 * @throws RangeError for an empty list
 */
export function percentile(values: readonly number[], part: number): number {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!;
}

/** Quotients round by round, so that both sides of each are of the same minute. @throws RangeError for unequal lengths */
export function ratios(upper: readonly number[], lower: readonly number[]): number[] {
  if (upper.length !== lower.length)
    throw new RangeError(`${upper.length} rounds of one and ${lower.length} of the other`);
  return upper.map((value, round) => value / lower[round]!);
}

function ascending(values: readonly number[]): Float64Array {
  if (values.length === 0) throw new RangeError('No value was measured.');
  return Float64Array.from(values).sort();
}
