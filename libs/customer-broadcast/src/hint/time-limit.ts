/**
 * Settles as the promise does, if it does so in time. What it does later is ignored.
 *
 * @param ms milliseconds. A stall of this process does not count: after one, timers come first, and what has arrived meanwhile
 * is read before the time is up
 * @throws Error that says `what` did not come within `ms`
 */
export async function withinLimit<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(new Error(`${what} within ${ms} ms`));
    timer = setTimeout(() => setImmediate(giveUp), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined); // the caller has its answer
  }
}
