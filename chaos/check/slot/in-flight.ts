import type { FaultRecord, History, Operation } from '../../history/operation.interface.ts';
import type { Violation } from '../../history/violation.interface.ts';
import { ANSWER_LIMIT_MS, LOCK_TTL_MS } from '../check.constants.ts';
import { groupBy } from '../grouping.ts';
import { describeOperation } from '../operation.text.ts';
import { countUntil } from '../sorted.ts';

/** When a create was in flight. */
interface Flight {
  readonly operation: Operation;
  readonly endMs: number;
}

/**
 * A create that was refused because another one is in flight: there is such a one. It is in flight from its invocation to
 * its answer; without an answer, or when a fault may have kept it from giving its lock back, until that lock has run out.
 */
export function checkRefusalsInFlight(history: History): Violation[] {
  const violations: Violation[] = [];
  const healedAfter = lastEndOfFaults(history.faults);
  const creates = history.operations.filter(({ action }) => action === 'create');
  for (const [customerId, own] of groupBy(creates, (operation) => operation.customerId)) {
    const flights = own
      .map((operation) => ({ operation, endMs: inFlightUntilMs(operation, healedAfter) }))
      .sort((a, b) => a.operation.invokedAtMs - b.operation.invokedAtMs);
    const longest = twoLongest(flights);
    for (const refused of own) {
      if (refused.code !== 'ORDER_ACTIVE_EXISTS' || refused.refusedBy !== null) continue;
      const begun = countUntil(flights, ({ operation }) => operation.invokedAtMs, refused.completedAtMs);
      const isExplained = longest[begun - 1]?.some(
        ({ operation, endMs }) => operation !== refused && endMs >= refused.invokedAtMs,
      );
      if (isExplained) continue;
      const message = `${describeOperation(refused)} was refused for a create in flight, and there was none`;
      violations.push({ checker: 'C2', customerId, atMs: refused.completedAtMs, message });
    }
  }
  return violations;
}

/** For each position the two flights until there that end last: one of them may be the refused one itself. */
function twoLongest(flights: readonly Flight[]): Flight[][] {
  let best: Flight[] = [];
  return flights.map((flight) => {
    best = [...best, flight].sort((a, b) => b.endMs - a.endMs).slice(0, 2);
    return best;
  });
}

function inFlightUntilMs(
  { invokedAtMs, completedAtMs, outcome }: Operation,
  healedAfter: (fromMs: number, untilMs: number) => number | null,
): number {
  const healedAtMs = healedAfter(invokedAtMs, completedAtMs + LOCK_TTL_MS);
  if (outcome !== 'info' && healedAtMs === null) return completedAtMs;
  const lastMs = Math.max(completedAtMs, healedAtMs ?? 0);
  return lastMs + (outcome === 'info' ? ANSWER_LIMIT_MS : 0) + LOCK_TTL_MS;
}

/** Looks up when the last of the faults in a time was undone; null: there was none in it. */
function lastEndOfFaults(faults: readonly FaultRecord[]): (fromMs: number, untilMs: number) => number | null {
  const sorted = [...faults].sort((a, b) => a.startedAtMs - b.startedAtMs);
  let lastMs = -Infinity;
  const ends = sorted.map(({ endedAtMs }) => (lastMs = Math.max(lastMs, endedAtMs)));
  return (fromMs, untilMs) => {
    const endMs = ends[countUntil(sorted, ({ startedAtMs }) => startedAtMs, untilMs) - 1] ?? -Infinity;
    return endMs >= fromMs ? endMs : null;
  };
}
