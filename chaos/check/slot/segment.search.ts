import { type BroadcastFacts, idOf, type Owner, type Step } from './slot-step.interface.ts';

/** A stretch of a customer's history, and what the rest of it says about this stretch. */
export interface Segment {
  /** In the order of invocation. */
  readonly steps: readonly Step[];
  readonly facts: ReadonlyMap<string, BroadcastFacts>;
  /** When the next stretch begins. What no answer tells of may also happen between the two. */
  readonly untilMs: number;
  /** Those that only a create without a known end can have made, and which may come into being in this stretch. */
  readonly unsure: readonly string[];
  /** Broadcasts that were created before the stretch began. */
  readonly madeBefore: (id: string) => boolean;
  /** Broadcasts that are seen in the slot after the stretch: one of them does not leave the slot in it. */
  readonly heldLater: (id: string) => boolean;
  /** Broadcasts that are not there yet after the stretch. */
  readonly absentLater: (id: string) => boolean;
}

export type SearchResult =
  | { readonly found: true; readonly end: Owner }
  /** `undecided`: it gave up. Otherwise there is no order; `reachedMs` is how far the best one came. */
  | { readonly found: false; readonly undecided: boolean; readonly reachedMs: number };

/** A change of the slot: to another owner, or to none. `by` is the step that does it, -1 when no answer tells of it. */
interface Change {
  readonly to: Owner;
  readonly by: number;
  readonly rank: number;
}

interface Frame {
  readonly mark: number;
  readonly owner: Owner;
  readonly changes: Change[];
}

/**
 * Looks for one order of the steps in which each is true, and which never puts a step before one that had ended when it
 * began (Wing and Gong; the memo is Lowe's). What does not change the slot is taken as soon as it is true, and a broadcast
 * still to be seen in the slot never leaves it: as ids are unique and none returns, hardly any choice remains.
 *
 * @see https://www.cs.ox.ac.uk/people/gavin.lowe/LinearizabiltyTesting/
 */
export class SegmentSearch {
  private readonly segment: Segment;
  private readonly maxStates: number;
  private readonly done: Uint8Array;
  /** What was done, in order: a number is a step that was taken, a text a broadcast that came into being. */
  private readonly trail: (number | string)[] = [];
  private readonly made = new Set<string>();
  private readonly heldLeft = new Map<string, number>();
  private readonly absentLeft = new Map<string, number>();
  private first = 0;
  private doneCount = 0;
  private owner: Owner = null;
  private blockedAtMs = 0;

  constructor(segment: Segment, maxStates: number) {
    this.segment = segment;
    this.maxStates = maxStates;
    this.done = new Uint8Array(segment.steps.length);
    for (const { claim } of segment.steps) {
      if (claim.type === 'held') add(this.heldLeft, claim.id, 1);
      if (claim.type === 'absent') add(this.absentLeft, claim.id, 1);
    }
  }

  /** @param end the owner at the end; undefined: any. Call it once. */
  run(start: Owner, end?: Owner): SearchResult {
    this.owner = start;
    const seen = new Set<string>();
    const frames: Frame[] = [];
    let states = 0;
    let reachedMs = -Infinity;
    for (;;) {
      this.settle();
      const isNew = !seen.has(this.key());
      if (isNew) {
        seen.add(this.key());
        if (this.first === this.done.length && (end === undefined || this.owner === end)) {
          return { found: true, end: this.owner };
        }
        if (++states > this.maxStates) return { found: false, undecided: true, reachedMs };
        reachedMs = Math.max(reachedMs, this.blockedAtMs);
        frames.push({ mark: this.trail.length, owner: this.owner, changes: this.changes(end) });
      }
      if (!this.advance(frames)) return { found: false, undecided: false, reachedMs };
    }
  }

  /** Goes back to the last choice that is left, and takes it. */
  private advance(frames: Frame[]): boolean {
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      this.undo(frame.mark);
      this.owner = frame.owner;
      const change = frame.changes.shift();
      if (change) {
        if (change.by >= 0) this.take(change.by);
        if (change.to !== null && !this.made.has(change.to)) {
          this.made.add(change.to);
          this.trail.push(change.to);
        }
        this.owner = change.to;
        return true;
      }
      frames.pop();
    }
    return false;
  }

  /** Takes every step that may come next and is true as things are. */
  private settle(): void {
    for (let again = true; again;) {
      again = false;
      for (const index of this.next()) {
        if (!this.isTrue(this.segment.steps[index]!)) continue;
        this.take(index);
        again = true;
      }
    }
  }

  /** The steps that may come next: nothing that is left had ended when they began. */
  private next(): number[] {
    const { steps } = this.segment;
    const candidates: number[] = [];
    let firstEndMs = Infinity;
    for (let index = this.first; index < steps.length; index++) {
      if (this.done[index] === 1) continue;
      const { invokedAtMs, completedAtMs } = steps[index]!;
      if (invokedAtMs > firstEndMs) break;
      firstEndMs = Math.min(firstEndMs, completedAtMs);
      candidates.push(index);
    }
    this.blockedAtMs = firstEndMs;
    return candidates.filter((index) => steps[index]!.invokedAtMs <= firstEndMs);
  }

  private isTrue({ claim }: Step): boolean {
    switch (claim.type) {
      case 'free':
        return this.owner === null;
      case 'held':
        return this.owner === claim.id;
      case 'ended':
        return this.owner !== claim.id && this.isMade(claim.id) && !this.isHeldLater(claim.id);
      case 'exists':
        return this.isMade(claim.id);
      case 'absent':
        return this.isUnsure(claim.id) || !this.isMade(claim.id);
      case 'create':
        if (claim.orElse === 'never' || !this.isMade(claim.id)) return false;
        return claim.orElse === 'exists' || this.owner === claim.id;
    }
  }

  /** What may happen to the slot next, the most promising first. */
  private changes(end: Owner | undefined): Change[] {
    const { steps, facts } = this.segment;
    const { owner } = this;
    if (owner !== null && (this.isHeldLater(owner) || owner === end)) return [];
    const next = this.next();
    const isOver = next.length === 0;
    const beforeMs = isOver ? this.segment.untilMs : this.blockedAtMs;
    const urgent = isOver
      ? null
      : steps[next.reduce((a, b) => (steps[b]!.completedAtMs < steps[a]!.completedAtMs ? b : a))]!.claim;
    const wanted = urgent && idOf(urgent);
    const changes: Change[] = [];
    let mayEnd = owner !== null && (facts.get(owner)?.mayEndFromMs ?? Infinity) <= beforeMs;
    for (const index of next) {
      const { claim, completedAtMs } = steps[index]!;
      if (claim.type === 'ended' && claim.releases && claim.id === owner) mayEnd = true;
      if (claim.type !== 'create' || !this.mayCome(claim.id, claim.replaces)) continue;
      changes.push({ to: claim.id, by: index, rank: claim.id === wanted ? -2 : completedAtMs });
    }
    for (const id of this.segment.unsure) {
      const maybe = facts.get(id)?.maybeCreated;
      if (!maybe || maybe.fromMs > beforeMs || !this.mayCome(id, maybe.replaces)) continue;
      changes.push({ to: id, by: -1, rank: id === (wanted ?? end) ? -2 : Infinity });
    }
    if (mayEnd) changes.push({ to: null, by: -1, rank: urgent?.type === 'held' ? Number.MAX_VALUE : -1 });
    return changes.sort((a, b) => (a.rank < b.rank ? -1 : Number(a.rank > b.rank)));
  }

  private mayCome(id: string, replaces: boolean): boolean {
    if (this.made.has(id) || (this.absentLeft.get(id) ?? 0) > 0 || this.segment.absentLater(id)) return false;
    return (this.owner === null || replaces) && !this.segment.madeBefore(id);
  }

  /** Of a broadcast that only a create without a known end can have made, it is never known that it is not there. */
  private isMade(id: string): boolean {
    return this.made.has(id) || this.isUnsure(id) || this.segment.madeBefore(id);
  }

  private isUnsure(id: string): boolean {
    return Boolean(this.segment.facts.get(id)?.maybeCreated);
  }

  private isHeldLater(id: string): boolean {
    return (this.heldLeft.get(id) ?? 0) > 0 || this.segment.heldLater(id);
  }

  private take(index: number): void {
    this.done[index] = 1;
    this.doneCount++;
    this.trail.push(index);
    this.count(index, -1);
    while (this.done[this.first] === 1) this.first++;
  }

  private undo(mark: number): void {
    while (this.trail.length > mark) {
      const last = this.trail.pop()!;
      if (typeof last === 'string') {
        this.made.delete(last);
        continue;
      }
      this.done[last] = 0;
      this.doneCount--;
      this.count(last, 1);
      this.first = Math.min(this.first, last);
    }
  }

  private count(index: number, by: number): void {
    const { claim } = this.segment.steps[index]!;
    if (claim.type === 'held') add(this.heldLeft, claim.id, by);
    if (claim.type === 'absent') add(this.absentLeft, claim.id, by);
  }

  /** The same for two states from which the same is possible. */
  private key(): string {
    const ahead: number[] = [];
    for (let index = this.first; ahead.length < this.doneCount - this.first; index++) {
      if (this.done[index] === 1) ahead.push(index);
    }
    const unsure = this.segment.unsure.filter((id) => this.made.has(id));
    return `${this.owner}|${this.first}|${ahead.join()}|${unsure.join()}`;
  }
}

function add(counts: Map<string, number>, id: string, by: number): void {
  counts.set(id, (counts.get(id) ?? 0) + by);
}
