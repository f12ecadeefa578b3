export interface RaceOutcome<T> {
  /** In the order of the calls. */
  readonly fulfilled: T[];
  readonly rejected: unknown[];
}

/** Starts all `count` calls before any of them goes on, waits for all, and collects how they ended. Never rejects. */
export async function race<T>(count: number, call: (index: number) => Promise<T>): Promise<RaceOutcome<T>> {
  let start: () => void = () => undefined;
  const started = new Promise<void>((resolve) => (start = resolve));
  const calls = Array.from({ length: count }, async (_, index) => {
    await started;
    return call(index);
  });
  start();
  const outcomes = await Promise.allSettled(calls);
  return {
    fulfilled: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    rejected: outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    ),
  };
}
