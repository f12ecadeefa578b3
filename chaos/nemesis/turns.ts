import type { SeededRandom } from '../random.ts';
import type { Fault } from './fault.interface.ts';

export type Schedulable = Pick<Fault, 'name' | 'matrix' | 'subject' | 'lastsMs'>;

/** What has its turn before anything comes again: each fault, or each kind of them by one of its faults. */
export type InTurn = 'fault' | 'kind';

/** The faults that still have to have their turn. */
export class Turns {
  readonly #all: readonly Schedulable[];
  readonly #inTurn: InTurn;
  readonly #random: SeededRandom;
  /** By kind: of each kind all that have not come since all had, and which kinds are to come. */
  #waiting: Schedulable[] = [];
  readonly #kindsHad = new Set<string>();

  constructor(all: readonly Schedulable[], inTurn: InTurn, random: SeededRandom) {
    this.#all = all;
    this.#inTurn = inTurn;
    this.#random = random;
  }

  /** One whose subject is none of those; null when there is no such subject. */
  take(beside: readonly Schedulable[]): Schedulable | null {
    const isFree = ({ subject }: Schedulable): boolean => !beside.some((other) => other.subject === subject);
    const all = this.#all.filter(isFree);
    if (all.length === 0) return null;
    const chosen = this.#random.pick(
      this.#inTurn === 'fault' ? this.#nextFaults(all) : this.#nextOfAKind(all),
    );
    this.#waiting.splice(this.#waiting.indexOf(chosen), 1);
    return chosen;
  }

  /** Those of `all` that wait; all of them when none does. */
  #nextFaults(all: readonly Schedulable[]): Schedulable[] {
    const fitting = this.#waiting.filter((fault) => all.includes(fault));
    if (fitting.length > 0) return fitting;
    this.#waiting.push(...all);
    return [...all];
  }

  #nextOfAKind(all: readonly Schedulable[]): Schedulable[] {
    const kindsOf = (): string[] =>
      [...new Set(all.map(({ matrix }) => matrix))].filter((kind) => !this.#kindsHad.has(kind));
    if (kindsOf().length === 0) for (const { matrix } of all) this.#kindsHad.delete(matrix);
    const kind = this.#random.pick(kindsOf());
    this.#kindsHad.add(kind);
    return this.#nextFaults(all.filter(({ matrix }) => matrix === kind));
  }
}
