/** Random numbers that a seed decides: the same seed and the same calls give the same numbers, on every machine. */
export interface SeededRandom {
  /** 0 up to, and without, 1. */
  fraction(): number;
  /** A whole number from 0 to `below - 1`. */
  int(below: number): number;
  /** @throws RangeError when there is nothing to pick */
  pick<T>(from: readonly T[]): T;
  /** @param probability 0 to 1 */
  chance(probability: number): boolean;
  /** A source of its own, so that one part of a run may draw more numbers without changing those of another. */
  fork(): SeededRandom;
}

/**
 * mulberry32: 32 bits of state, which is plenty for choosing requests and faults, and nothing for secrets.
 *
 * @param seed its lowest 32 bits count
 */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const uint32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const fraction = (): number => uint32() / 0x1_0000_0000;
  const int = (below: number): number => Math.floor(fraction() * below);
  return {
    fraction,
    int,
    pick: <T>(from: readonly T[]): T => {
      if (from.length === 0) throw new RangeError('There is nothing to pick from: the list is empty.');
      return from[int(from.length)] as T;
    },
    chance: (probability) => fraction() < probability,
    fork: () => seededRandom(uint32()),
  };
}
