import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

import { waitedForProcessorMs } from '../../tools/process-state.ts';

export interface WaitOptions {
  /** @default 5000 */
  readonly timeoutMs?: number;
  /** Milliseconds between two looks. @default 20 */
  readonly intervalMs?: number;
  /** What is waited for, in the error's words. @default 'the condition' */
  readonly describe?: string;
}

type Falsy = false | null | undefined | 0 | '';

/**
 * Waits until the condition answers with something truthy, and returns that. An exception of the condition counts as
 * "not yet".
 *
 * @throws Error after `timeoutMs`, with the last answer or exception.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 5000, intervalMs = 20, describe = 'the condition' }: WaitOptions = {},
): Promise<Exclude<T, Falsy>> {
  const limit = performance.now() + timeoutMs;
  let last: { value: unknown } | { error: unknown } = { value: undefined };
  do {
    try {
      const value = await condition();
      if (value) return value as Exclude<T, Falsy>;
      last = { value };
    } catch (error) {
      last = { error };
    }
    await delay(intervalMs);
  } while (performance.now() < limit);
  const seen =
    'error' in last ? `it threw ${inspect(last.error)}` : `the last value was ${inspect(last.value)}`;
  throw new Error(`Waited ${timeoutMs} ms for ${describe}; ${seen}.`, {
    cause: 'error' in last ? last.error : undefined,
  });
}

/**
 * Whether the promise settles before a timer of this same process that starts now. Unlike a difference of two clock
 * readings it does not count the time in which this process was busy: then the timer is late too. Nor, on Linux, the time in
 * which it wanted a processor and got none, as the kernel counts it.
 */
export async function settlesWithin(limitMs: number, promise: Promise<unknown>): Promise<boolean> {
  const cancelled = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const late = (ms: number): Promise<boolean> =>
    delay(ms, false, { signal: cancelled.signal }).catch(() => false);
  const waited = (): number => waitedForProcessorMs(process.pid) ?? 0;
  try {
    let grantedMs = waited();
    for (let leftMs = limitMs; leftMs > 0;) {
      if (await Promise.race([settled, late(leftMs)])) return true;
      leftMs = Math.floor(waited() - grantedMs);
      grantedMs += leftMs;
    }
    return false;
  } finally {
    cancelled.abort();
  }
}
