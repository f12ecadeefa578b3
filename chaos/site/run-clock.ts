/** Milliseconds of the run's one clock: monotonic, in this process. */
export function nowMs(): number {
  return performance.now();
}

/** An instant of the wall clock, as Postgres stamps it on this machine, on the run's clock. */
export function toRunMs(instant: Date): number {
  return instant.getTime() - performance.timeOrigin;
}
