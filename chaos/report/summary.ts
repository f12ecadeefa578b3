import type { FaultRecord, History, Operation } from '../history/operation.interface.ts';
import type { Violation } from '../history/violation.interface.ts';
import { type Latency, latencyOf } from './latency.ts';

/** What one kind of fault did to the operations that it met. */
export interface FaultSummary {
  readonly fault: string;
  readonly times: number;
  /** Under way while it lasted. */
  readonly operations: number;
  /** Of those, how many had an outcome that the client does not know. */
  readonly unknown: number;
  readonly latency: Latency | null;
  /** From its end to the first create that succeeded, the longest of all times; null when there was none to be seen. */
  readonly recoveryMs: number | null;
}

export interface Summary {
  readonly operations: number;
  readonly ok: number;
  readonly fail: number;
  readonly unknown: number;
  readonly latency: Latency | null;
  readonly faults: readonly FaultSummary[];
  readonly snapshots: number;
  readonly violations: readonly Violation[];
}

/** @param snapshots how many looks there were: the history keeps those that saw something, and some of the others */
export function summarise(history: History, violations: readonly Violation[], snapshots: number): Summary {
  const { operations } = history;
  const count = (outcome: Operation['outcome']): number =>
    operations.filter((operation) => operation.outcome === outcome).length;
  const names = [...new Set(history.faults.map(({ fault }) => fault))].sort();
  return {
    operations: operations.length,
    ok: count('ok'),
    fail: count('fail'),
    unknown: count('info'),
    latency: latencyOf(operations),
    faults: names.map((name) =>
      summariseFault(
        name,
        history.faults.filter(({ fault }) => fault === name),
        operations,
      ),
    ),
    snapshots,
    violations,
  };
}

function summariseFault(
  fault: string,
  records: readonly FaultRecord[],
  operations: readonly Operation[],
): FaultSummary {
  const met = operations.filter((operation) => records.some((record) => overlaps(operation, record)));
  const recoveries = records.flatMap((record) => recoveryOf(record, operations) ?? []);
  return {
    fault,
    times: records.length,
    operations: met.length,
    unknown: met.filter(({ outcome }) => outcome === 'info').length,
    latency: latencyOf(met),
    recoveryMs: recoveries.length === 0 ? null : Math.max(...recoveries),
  };
}

function overlaps(
  { invokedAtMs, completedAtMs }: Operation,
  { startedAtMs, endedAtMs }: FaultRecord,
): boolean {
  return invokedAtMs <= endedAtMs && completedAtMs >= startedAtMs;
}

function recoveryOf({ endedAtMs }: FaultRecord, operations: readonly Operation[]): number | null {
  const created = operations
    .filter(
      ({ action, outcome, invokedAtMs }) =>
        action === 'create' && outcome === 'ok' && invokedAtMs >= endedAtMs,
    )
    .map(({ completedAtMs }) => completedAtMs);
  return created.length === 0 ? null : Math.min(...created) - endedAtMs;
}
