import { describeOperation } from '../operation.text.ts';
import { type Segment, SegmentSearch } from './segment.search.ts';
import { type BroadcastFacts, idOf, type Owner, type SlotModel, type Step } from './slot-step.interface.ts';
import type { WalkResult } from './slot-walk.ts';

type Impossible = Extract<WalkResult, { verdict: 'impossible' }>;

const MAX_STATES = 5000;
/** How often a smaller window is tried; each try is a search. */
const MAX_TRIES = 400;
const SHOWN = 8;

/** The fewest steps, in the order of invocation, of which no order is possible: leaving any of them out would explain the rest. */
export function smallestWindow(model: SlotModel, impossible: Impossible): Step[] {
  const { segment, reachedMs } = impossible;
  const inside = segment.steps.filter(({ invokedAtMs }) => invokedAtMs <= reachedMs);
  let steps = [...inside, ...laterSightings(model, segment, inside, impossible.starts)];
  if (!isImpossible(impossible, steps, [])) return inside;
  const dropped: Step[] = [];
  let tries = 0;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < steps.length && tries < MAX_TRIES; tries++) {
      const out = withWhole(steps.slice(from, from + size), steps);
      const rest = steps.filter((step) => !out.has(step));
      if (isImpossible(impossible, rest, [...dropped, ...out])) {
        dropped.push(...out);
        steps = rest;
      } else {
        from += size;
      }
    }
  }
  return steps;
}

/** The window in a sentence, with who had the slot before it and since when. */
export function describeWindow(model: SlotModel, starts: readonly Owner[], steps: readonly Step[]): string {
  const atFirst = starts.map((start) => {
    const creation = model.steps.find(({ claim }) => claim.type === 'create' && claim.id === start);
    const since = creation ? `, since ${describeOperation(creation.operation)}` : '';
    return start === null ? 'is free' : `is held by ${start}${since}`;
  });
  const shown = steps.slice(0, SHOWN).map(({ operation }) => describeOperation(operation));
  const more = steps.length > SHOWN ? [`and ${steps.length - SHOWN} more`] : [];
  const what = [...shown, ...more].join('; ');
  return `no order explains these answers, when at first the slot ${atFirst.join(' or ')}: ${what}`;
}

/** What the rest of the history knows of the broadcasts in the stretch, as steps: one sighting of each that is seen later. */
function laterSightings(
  model: SlotModel,
  segment: Segment,
  inside: readonly Step[],
  starts: readonly Owner[],
): Step[] {
  const ids = new Set([...starts, ...inside.map(({ claim }) => idOf(claim))]);
  const own = new Set(inside);
  const from = inside[0]?.invokedAtMs ?? 0;
  const found: Step[] = [];
  for (const step of model.steps) {
    const { claim, invokedAtMs } = step;
    if (invokedAtMs < from || own.has(step) || (claim.type !== 'held' && claim.type !== 'absent')) continue;
    if (ids.delete(claim.id)) found.push(step);
  }
  return found;
}

/** A broadcast whose create is left out is left out as a whole. */
function withWhole(chunk: readonly Step[], steps: readonly Step[]): Set<Step> {
  const gone = new Set(chunk.filter(({ claim }) => claim.type === 'create').map(({ claim }) => idOf(claim)));
  return new Set([...chunk, ...steps.filter(({ claim }) => claim.type !== 'free' && gone.has(claim.id))]);
}

function isImpossible(
  { segment, starts }: Impossible,
  steps: readonly Step[],
  dropped: readonly Step[],
): boolean {
  const facts = new Map(segment.facts);
  const unsure = new Set(segment.unsure);
  for (const { claim, invokedAtMs } of dropped) leaveOpen(facts, unsure, claim, invokedAtMs);
  const smaller: Segment = {
    steps,
    facts,
    untilMs: Infinity,
    unsure: [...unsure],
    madeBefore: segment.madeBefore,
    heldLater: () => false,
    absentLater: () => false,
  };
  return starts.every((start) => {
    const result = new SegmentSearch(smaller, MAX_STATES).run(start);
    return !result.found && !result.undecided;
  });
}

/** What a step did that is left out may have happened all the same. */
function leaveOpen(
  facts: Map<string, BroadcastFacts>,
  unsure: Set<string>,
  claim: Step['claim'],
  fromMs: number,
): void {
  if (claim.type === 'ended' && claim.releases) {
    const known = facts.get(claim.id);
    facts.set(claim.id, {
      maybeCreated: known?.maybeCreated ?? null,
      mayEndFromMs: Math.min(known?.mayEndFromMs ?? Infinity, fromMs),
    });
  }
  if (claim.type === 'create') {
    facts.set(claim.id, {
      maybeCreated: { fromMs, untilMs: Infinity, replaces: claim.replaces },
      mayEndFromMs: -Infinity,
    });
    unsure.add(claim.id);
  }
}
