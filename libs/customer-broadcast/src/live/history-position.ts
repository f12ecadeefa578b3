/** Ids from `low` to `high`, both included. */
export interface IdRange {
  readonly low: number;
  readonly high: number;
}

/** Above every id that a history will have, and still an exact number. */
const END = Number.MAX_SAFE_INTEGER;

/**
 * Gaps that an id of an event names. Each is a transaction that was in flight, or rolled back a moment ago, so more are
 * seen only while a large one is interleaved with others. The oldest are then named as one: a resume may repeat events
 * of that time, and still loses none.
 */
const LONGEST_LIST = 100;
const LONGEST_TEXT = 4096;
const TEXT = /^\d{1,15}(:\d{1,15}(-\d{1,15})?(,\d{1,15}(-\d{1,15})?)*)?$/;

/**
 * Which transitions a reader has had: every one up to `last` except those in the gaps, ids that were taken from the
 * sequence and are not visible yet. Immutable. What is still wanted is always the exact rest, so that somebody who goes
 * on from a position misses nothing and gets nothing twice, whichever transaction commits first.
 */
export class HistoryPosition {
  /** @param wanted ascending, disjoint; the last one has no end */
  private constructor(readonly wanted: readonly IdRange[]) {}

  /** Everything up to `last` was had, except the gaps: ascending, disjoint and below `last`. */
  static at(last: number, gaps: readonly IdRange[] = []): HistoryPosition {
    return new HistoryPosition([...gaps, { low: last + 1, high: END }]);
  }

  /** @returns null for a text that {@link toString} did not write */
  static parse(text: string): HistoryPosition | null {
    if (text.length > LONGEST_TEXT || !TEXT.test(text)) return null;
    const [last = '', list] = text.split(':');
    const gaps = (list?.split(',') ?? []).map((gap) => {
      const [low, high] = gap.split('-').map(Number) as [number, number | undefined];
      return { low, high: high ?? low };
    });
    const position = HistoryPosition.at(Number(last), gaps);
    return position.isAscending && position.toString() === text ? position : null;
  }

  /** The highest id that was had. */
  get last(): number {
    return (this.wanted.at(-1)?.low ?? 1) - 1;
  }

  get gaps(): readonly IdRange[] {
    return this.wanted.slice(0, -1);
  }

  /** As the `id` of an event: `1042`, or `1042:1007,1030-1033` with gaps. */
  toString(): string {
    const { gaps } = this;
    if (gaps.length === 0) return String(this.last);
    const surplus = gaps.slice(0, Math.max(1, gaps.length - LONGEST_LIST + 1));
    const oldest = { low: surplus[0]?.low ?? 0, high: surplus.at(-1)?.high ?? 0 };
    const named = [oldest, ...gaps.slice(surplus.length)];
    return `${this.last}:${named.map(({ low, high }) => (low === high ? low : `${low}-${high}`)).join(',')}`;
  }

  /** The position after this id was had too. */
  take(id: number): HistoryPosition {
    return new HistoryPosition(this.wanted.flatMap((range) => without(range, { low: id, high: id })));
  }

  /** The gaps below this id will never be filled. */
  forgetGapsBelow(id: number): HistoryPosition {
    return HistoryPosition.at(
      this.last,
      this.gaps.flatMap((gap) => without(gap, { low: 0, high: id - 1 })),
    );
  }

  /** What is wanted here and was had at the other position, which is not behind this one. */
  behind(other: HistoryPosition): IdRange[] {
    return other.wanted.reduce<IdRange[]>(
      (rest, range) => rest.flatMap((piece) => without(piece, range)),
      [...this.wanted],
    );
  }

  /** The same position, but for these ids, which were not had yet. */
  lacking(ranges: readonly IdRange[]): HistoryPosition {
    const sorted = [...this.wanted, ...ranges].sort((a, b) => a.low - b.low);
    const joined: IdRange[] = [];
    for (const range of sorted) {
      const before = joined.at(-1);
      if (before && before.high >= range.low - 1) {
        joined[joined.length - 1] = { low: before.low, high: Math.max(before.high, range.high) };
      } else joined.push(range);
    }
    return new HistoryPosition(joined);
  }

  private get isAscending(): boolean {
    return this.wanted.every(({ low, high }, index) => {
      const before = this.wanted[index - 1];
      return low >= 1 && low <= high && (!before || before.high < low - 1);
    });
  }
}

/** What of the ranges lies above the id. */
export function above(ranges: readonly IdRange[], id: number): IdRange[] {
  return ranges.flatMap((range) => without(range, { low: 0, high: id }));
}

function without(range: IdRange, taken: IdRange): IdRange[] {
  if (taken.high < range.low || taken.low > range.high) return [range];
  const rest = [
    { low: range.low, high: taken.low - 1 },
    { low: taken.high + 1, high: range.high },
  ];
  return rest.filter(({ low, high }) => low <= high);
}
