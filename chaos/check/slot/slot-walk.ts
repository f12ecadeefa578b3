import { type Segment, SegmentSearch } from './segment.search.ts';
import { idOf, type Owner, type SlotModel, type Step } from './slot-step.interface.ts';

/**
 * How many states one search may look at. Ordinary stretches need as many as they have changes; more means that dozens of
 * changes overlap, and then no time suffices.
 */
const MAX_STATES = 20_000;

export type WalkResult =
  | { readonly verdict: 'explained' | 'undecided' }
  /** No order explains the steps of `segment` that began until `reachedMs`, whichever of `starts` had the slot. */
  | {
      readonly verdict: 'impossible';
      readonly segment: Segment;
      readonly starts: readonly Owner[];
      readonly reachedMs: number;
    };

/** A stretch that is being tried from one owner. */
interface Level {
  readonly start: Owner;
  /** A search gave up, and this start was taken as possible. */
  readonly assumed: boolean;
  /** Owners at its end that are still to be tried; null: any that comes first. */
  ends: Owner[] | null;
  readonly tried: Set<Owner>;
}

/**
 * Cuts the history where nothing was going on, and goes through the stretches one by one: all that a stretch leaves to the
 * next one is who has the slot. What has not been answered by then is left to the next one too.
 *
 * A search that gives up counts as one that succeeded: what is then impossible is so all the same, and the rest is undecided.
 */
export function walk(model: SlotModel, maxStates = MAX_STATES): WalkResult {
  const segments = cut(model);
  const failed = new Set<string>();
  const levels: Level[] = [{ start: null, assumed: false, ends: null, tried: new Set() }];
  const deepest = { at: -1, reachedMs: 0, starts: [] as Owner[] };
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    const at = levels.length - 1;
    const segment = segments[at];
    if (!segment) return { verdict: levels.some(({ assumed }) => assumed) ? 'undecided' : 'explained' };
    const next = nextEnd(segment, level, maxStates);
    if (next.ended) {
      if (failed.has(`${at + 1}|${next.end}`)) continue;
      levels.push({ start: next.end, assumed: next.assumed, ends: null, tried: new Set() });
      continue;
    }
    if (level.tried.size === 0 && at >= deepest.at) {
      if (at > deepest.at) Object.assign(deepest, { at, reachedMs: 0, starts: [] });
      deepest.reachedMs = Math.max(deepest.reachedMs, next.reachedMs);
      deepest.starts.push(level.start);
    }
    failed.add(`${at}|${level.start}`);
    levels.pop();
  }
  return { verdict: 'impossible', segment: segments[deepest.at]!, ...deepest };
}

type Next =
  | { readonly ended: true; readonly end: Owner; readonly assumed: boolean }
  | { readonly ended: false; readonly reachedMs: number };

/** Another owner that the stretch may leave behind. */
function nextEnd(segment: Segment, level: Level, maxStates: number): Next {
  let reachedMs = 0;
  if (level.ends === null) {
    level.ends = possibleEnds(segment, level.start);
    const any = new SegmentSearch(segment, maxStates).run(level.start);
    if (any.found) {
      level.tried.add(any.end);
      return { ended: true, end: any.end, assumed: false };
    }
    if (!any.undecided) level.ends = [];
    reachedMs = any.reachedMs;
  }
  for (let end = level.ends.pop(); end !== undefined; end = level.ends.pop()) {
    if (level.tried.has(end)) continue;
    const result = new SegmentSearch(segment, maxStates).run(level.start, end);
    if (!result.found && !result.undecided) continue;
    level.tried.add(end);
    return { ended: true, end, assumed: !result.found };
  }
  return { ended: false, reachedMs };
}

/**
 * The possible owners of the slot at the end: none, the owner at the start, or the last one that came. A create that had ended when
 * another one began was not the last.
 */
function possibleEnds({ steps, unsure }: Segment, start: Owner): Owner[] {
  const creations = steps.filter(({ claim }) => claim.type === 'create');
  const sure = creations.filter(({ claim }) => claim.type === 'create' && claim.orElse === 'never');
  const lastBeginMs = Math.max(...sure.map(({ invokedAtMs }) => invokedAtMs));
  const last = creations.filter(({ completedAtMs }) => completedAtMs >= lastBeginMs);
  return [null, start, ...unsure, ...last.map(({ claim }) => idOf(claim))];
}

function cut(model: SlotModel): Segment[] {
  const stretches: Step[][] = [];
  let quietFromMs = -Infinity;
  for (const step of model.steps) {
    if (step.invokedAtMs > quietFromMs) stretches.push([]);
    stretches.at(-1)!.push(step);
    quietFromMs = Math.max(quietFromMs, step.completedAtMs);
  }
  const firstMade = new Map<string, number>();
  const lastHeld = new Map<string, number>();
  const lastAbsent = new Map<string, number>();
  stretches.forEach((steps, at) => {
    for (const { claim } of steps) {
      if (claim.type === 'free') continue;
      const shown = claim.type === 'create' || claim.type === 'held';
      if (shown && !firstMade.has(claim.id)) firstMade.set(claim.id, at);
      if (claim.type === 'held') lastHeld.set(claim.id, at);
      if (claim.type === 'absent') lastAbsent.set(claim.id, at);
    }
  });
  const unsure = [...model.facts].flatMap(([id, { maybeCreated }]) =>
    maybeCreated ? [{ id, ...maybeCreated }] : [],
  );
  let beforeMs = -Infinity;
  return stretches.map((steps, at) => {
    const fromMs = beforeMs;
    const untilMs = stretches[at + 1]?.[0]?.invokedAtMs ?? Infinity;
    beforeMs = Math.max(...steps.map(({ completedAtMs }) => completedAtMs));
    return {
      steps,
      facts: model.facts,
      untilMs,
      unsure: unsure
        .filter((maybe) => maybe.fromMs <= untilMs && maybe.untilMs >= fromMs)
        .map(({ id }) => id),
      madeBefore: (id) => (firstMade.get(id) ?? Infinity) < at,
      heldLater: (id) => (lastHeld.get(id) ?? -1) > at,
      absentLater: (id) => (lastAbsent.get(id) ?? -1) > at,
    };
  });
}
