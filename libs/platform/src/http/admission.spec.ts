import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { PlatformException } from '../problems/platform.exception.ts';
import { Admission } from './admission.ts';

const LEAST = 8;
const MOST = 256;
const LONGEST_WAIT_MS = 2_000;

describe('the admission of requests', () => {
  let admission: Admission;
  const context = new AsyncLocalStorage<number>();

  beforeEach(() => {
    jest.useFakeTimers();
    admission = new Admission();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  interface Asked {
    begun: boolean;
    seenBy: number | undefined;
    error: PlatformException | null;
    leave: () => void;
  }

  function ask(number = 0): Asked {
    const asked: Asked = { begun: false, seenBy: undefined, error: null, leave: () => undefined };
    const begin = (): void => {
      asked.begun = true;
      asked.seenBy = context.getStore();
    };
    asked.leave = context.run(number, () => admission.enter(begin, (error) => (asked.error = error)));
    return asked;
  }

  const askMany = (count: number): Asked[] => Array.from({ length: count }, (_, number) => ask(number));
  const begun = (all: readonly Asked[]): number => all.filter((asked) => asked.begun).length;

  it('lets so many in at once, and the others in their order as these end', () => {
    const all = askMany(LEAST + 4);
    expect(all.map((asked) => asked.begun)).toEqual(all.map((_, index) => index < LEAST));
    for (const { leave } of all.slice(0, 3)) {
      leave();
      leave();
    }
    expect(all.map((asked) => asked.begun)).toEqual(all.map((_, index) => index < LEAST + 3));
  });

  it('refuses whoever would wait for too long, and does not begin it any more', () => {
    const all = askMany(LEAST + 1);
    const late = all.at(-1)!;
    jest.advanceTimersByTime(LONGEST_WAIT_MS - 1);
    expect(late.error).toBeNull();
    jest.advanceTimersByTime(1);
    expect(late.error).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    for (const { leave } of all) leave();
    expect(late.begun).toBe(false);
    expect(begun(askMany(LEAST + 1))).toBe(LEAST);
  });

  it('gives the place of one that has left while it waited to the next', () => {
    const all = askMany(LEAST + 2);
    all[LEAST]!.leave();
    all[0]!.leave();
    expect(all.slice(LEAST).map((asked) => asked.begun)).toEqual([false, true]);
    jest.advanceTimersByTime(LONGEST_WAIT_MS);
    expect(all[LEAST]!.error).toBeNull();
  });

  it('begins what has waited in its own context, not in that of whoever made room', () => {
    const all = askMany(LEAST + 1);
    context.run(-1, () => all[0]!.leave());
    expect(all.at(-1)!.seenBy).toBe(LEAST);
  });

  it('lets more in while timers are on time, and fewer when they are late, within limits', () => {
    const waiting = askMany(2 * MOST);
    for (let look = 0; look < 1000; look++) admission.adapt(10);
    expect(begun(waiting)).toBe(MOST);
    for (const { leave } of waiting) leave();
    for (let look = 0; look < 1000; look++) admission.adapt(1000);
    expect(begun(askMany(MOST))).toBe(LEAST);
  });

  it('looks at its own timers while the module is up', () => {
    admission.onModuleInit();
    const all = askMany(100);
    jest.advanceTimersByTime(1500);
    expect(begun(all)).toBe(100);
    admission.onModuleDestroy();
    expect(jest.getTimerCount()).toBe(0);
  });
});
