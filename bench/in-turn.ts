/**
 * The order of contenders in a round: another one begins each, and every other round goes backwards, so that no contender
 * has always the same place, or the same one before it.
 *
 * @param round from 0
 */
export function inTurn<T>(all: readonly T[], round: number): T[] {
  const step = round % 2 === 0 ? 1 : -1;
  return all.map((_, index) => all.at((round + step * index) % all.length)!);
}
