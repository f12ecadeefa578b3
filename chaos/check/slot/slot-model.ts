import type { FinalRow, History, Operation } from '../../history/operation.interface.ts';
import type { Violation } from '../../history/violation.interface.ts';
import { CLOCK_TOLERANCE_MS } from '../check.constants.ts';
import { groupBy } from '../grouping.ts';
import { scopeOf } from '../idempotency-scope.ts';
import { describeOperation } from '../operation.text.ts';
import { isActive } from '../status.ts';
import { claimOf } from './slot-claim.ts';
import { type BroadcastFacts, idOf, type SlotModel, type Step } from './slot-step.interface.ts';

/** What the history says about each customer's slot, and what is wrong already without asking for an order. */
export function buildSlotModels(history: History): { models: SlotModel[]; violations: Violation[] } {
  const rows = groupBy(history.rows, ({ customerId }) => customerId);
  const sqlEnds = new Map(
    history.audit
      .filter(({ by, to }) => by.startsWith('sql:') && !isActive(to))
      .map((row) => [row.broadcastId, row.atMs]),
  );
  const violations: Violation[] = [];
  const models = [...groupBy(history.operations, ({ customerId }) => customerId)].map(
    ([customerId, operations]) => {
      const built = buildModel(customerId, operations, rows.get(customerId) ?? [], sqlEnds);
      violations.push(...built.violations);
      return built.model;
    },
  );
  return { models, violations };
}

function buildModel(
  customerId: string,
  operations: readonly Operation[],
  rows: readonly FinalRow[],
  sqlEnds: ReadonlyMap<string, number>,
): { model: SlotModel; violations: Violation[] } {
  const rowOf = new Map(rows.map((row) => [row.broadcastId, row]));
  const violations: Violation[] = [];
  const blame = (operation: Operation, message: string): void => {
    violations.push({ checker: 'C2', customerId, atMs: operation.completedAtMs, message });
  };
  const steps = stepsOf(operations, blame).filter(({ claim, operation }) => {
    const row = claim.type === 'held' ? rowOf.get(claim.id) : undefined;
    const lateMs = row ? operation.invokedAtMs - row.expiresAtMs : 0;
    if (lateMs <= CLOCK_TOLERANCE_MS) return true;
    blame(
      operation,
      `${describeOperation(operation)} was shown a broadcast as active ${Math.round(lateMs)} ms after its deadline`,
    );
    return false;
  });
  const creations = groupBy(
    steps.filter(({ claim }) => claim.type === 'create'),
    ({ claim }) => idOf(claim)!,
  );
  const sureIds = new Set<string>();
  const second = new Set<Step>();
  for (const [id, creators] of creations) {
    const sure = creators.filter(({ claim }) => claim.type === 'create' && claim.orElse === 'never');
    if (sure.length > 0) sureIds.add(id);
    if (sure.length > 1) {
      const both = sure.map(({ operation }) => describeOperation(operation)).join(' and ');
      for (const step of sure.slice(1)) second.add(step);
      blame(sure[1]!.operation, `${both} both say that they created ${id}`);
    }
  }
  const unsure = operations.filter(({ outcome }) => outcome === 'info');
  const unsureCreates = unsure.filter(({ action }) => action === 'create');
  const ends = groupBy(
    operations.filter(
      ({ action, outcome }) => outcome !== 'fail' && (action === 'cancel' || action === 'accept'),
    ),
    ({ broadcastId }) => broadcastId,
  );
  const facts = new Map<string, BroadcastFacts>();
  const named = new Set(steps.map(({ claim }) => idOf(claim)));
  for (const id of new Set([...named, ...rowOf.keys()])) {
    if (id === null) continue;
    const answered = creations.get(id)?.map(({ operation }) => operation) ?? [];
    const maybe = sureIds.has(id) ? null : maybeCreatedBy(unsureCreates, answered, rowOf.get(id));
    // One that no answer names has done nothing that matters, unless it made another one leave.
    const maybeCreated = named.has(id) || maybe?.replaces ? maybe : null;
    // Of one whose creation no answer tells, the search does not know whether an end that was answered has been taken.
    const own = ends.get(id)?.filter(({ outcome }) => outcome === 'info' || maybeCreated !== null) ?? [];
    facts.set(id, { maybeCreated, mayEndFromMs: mayEndFromMs(own, rowOf.get(id), sqlEnds.get(id)) });
  }
  const explained = steps.filter((step) => {
    const { claim, operation } = step;
    const id = idOf(claim);
    if (second.has(step)) return false;
    if (id === null || claim.type === 'absent' || creations.has(id) || facts.get(id)?.maybeCreated)
      return true;
    blame(operation, `${describeOperation(operation)} names ${id}, which no create explains`);
    return false;
  });
  return { model: { customerId, steps: explained, facts }, violations };
}

function stepsOf(
  operations: readonly Operation[],
  blame: (operation: Operation, message: string) => void,
): Step[] {
  const keyed = groupBy(
    operations.filter(({ action, idempotencyKey }) => isKept(action) && idempotencyKey !== null),
    scopeOf,
  );
  return operations
    .flatMap((operation): Step[] => {
      const same = isKept(operation.action) ? (keyed.get(scopeOf(operation)) ?? []) : [];
      const others = same.filter((other) => other !== operation && mayHaveAnswered(other, operation));
      if (operation.action === 'create' && operation.replayed && others.length === 0) {
        blame(
          operation,
          `${describeOperation(operation)} was given the answer of a request that nobody made`,
        );
      }
      const claim = claimOf(operation, others.length > 0);
      const { invokedAtMs, completedAtMs } = operation;
      return claim === null ? [] : [{ operation, invokedAtMs, completedAtMs, claim }];
    })
    .sort((a, b) => a.invokedAtMs - b.invokedAtMs);
}

/** Steps that are sent with idempotency keys, so that an answer may be a replay. */
function isKept(action: Operation['action']): boolean {
  return action === 'create' || action === 'accept';
}

/** Whether the answer of `first` may be the one that a replay gave to `later`. */
function mayHaveAnswered(first: Operation, later: Operation): boolean {
  if (first.outcome === 'fail' || first.invokedAtMs > later.completedAtMs) return false;
  return first.outcome === 'info' || first.broadcastId === later.broadcastId;
}

/** @param answered creates whose answer names it and does not say whether it is new: one of them may have made it */
function maybeCreatedBy(
  unsure: readonly Operation[],
  answered: readonly Operation[],
  row: FinalRow | undefined,
): BroadcastFacts['maybeCreated'] {
  const unanswered = row ? unsure.filter(({ request }) => request === row.request) : unsure;
  if (unanswered.length === 0) return null;
  const candidates = [...unanswered, ...answered];
  return {
    fromMs: Math.min(...candidates.map(({ invokedAtMs }) => invokedAtMs)),
    untilMs: row ? row.expiresAtMs + CLOCK_TOLERANCE_MS : Infinity,
    replaces: candidates.some(({ onActive }) => onActive === 'replace'),
  };
}

/** @param endedBySqlAtMs when an administrator ended it, whom no client's history has */
function mayEndFromMs(
  unsure: readonly Operation[],
  row: FinalRow | undefined,
  endedBySqlAtMs = Infinity,
): number {
  const byDeadline = row ? row.expiresAtMs - CLOCK_TOLERANCE_MS : Infinity;
  return Math.min(
    byDeadline,
    endedBySqlAtMs - CLOCK_TOLERANCE_MS,
    ...unsure.map(({ invokedAtMs }) => invokedAtMs),
  );
}
