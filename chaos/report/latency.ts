import type { Operation } from '../history/operation.interface.ts';

/** Milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** From when an operation was due, so that a stall which keeps operations from being sent is counted. */
export function latencyOf(operations: readonly Operation[]): Latency | null {
  if (operations.length === 0) return null;
  const sorted = operations
    .map(({ completedAtMs, dueAtMs }) => completedAtMs - dueAtMs)
    .sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1)! };
}
