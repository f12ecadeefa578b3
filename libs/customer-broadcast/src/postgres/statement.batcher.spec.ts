import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { StatementBatcher } from './statement.batcher.ts';

type Results = readonly (number | Promise<number>)[];

interface Statement {
  readonly items: readonly number[];
  readonly answer: (results?: Results) => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
}

/** All that can go on without a timer. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('calls that share a statement', () => {
  /** Never connected: no transaction of it is open. */
  const dataSource = new DataSource({ type: 'postgres' });
  let statements: Statement[];
  let batcher: StatementBatcher<number, number>;
  const began = (): (readonly number[])[] => statements.map(({ items }) => items);
  const call = (...items: readonly number[]): Promise<PromiseSettledResult<number>[]> =>
    Promise.allSettled(items.map((item) => batcher.call(item)));
  const fulfilled = (...values: readonly number[]): object[] =>
    values.map((value) => ({ status: 'fulfilled', value }));

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    statements = [];
    const together = (items: readonly number[]): Promise<Results> => {
      const { promise, resolve, reject } = Promise.withResolvers<Results>();
      statements.push({
        items,
        answer: (results = items.map((item) => 10 * item)) => (resolve(results), settled()),
        fail: (error) => (reject(error), settled()),
      });
      return promise;
    };
    batcher = new StatementBatcher(dataSource, together, (item) => Promise.resolve(item));
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('goes at once when nothing is under way, and gets its own result', async () => {
    const answers = call(1);
    await settled();
    expect(began()).toEqual([[1]]);
    await statements[0]!.answer();
    expect(await answers).toEqual(fulfilled(10));
  });

  it('goes with those who call in the same turn', async () => {
    const answers = call(1, 2, 3);
    await settled();
    expect(began()).toEqual([[1, 2, 3]]);
    await statements[0]!.answer();
    expect(await answers).toEqual(fulfilled(10, 20, 30));
  });

  it('waits behind two, and goes with all who wait, up to 32 at a time', async () => {
    const answers: Promise<unknown>[] = [];
    for (const item of [1, 2, 3, 4]) {
      answers.push(call(item));
      await settled();
    }
    answers.push(call(...Array.from({ length: 40 }, (_, index) => 5 + index)));
    await settled();
    expect(began()).toEqual([[1], [2]]);
    await statements[1]!.answer();
    expect(statements[2]?.items).toHaveLength(32);
    expect(statements[2]?.items.slice(0, 3)).toEqual([3, 4, 5]);
    await statements[0]!.answer();
    expect(statements[3]?.items).toHaveLength(10);
    await statements[2]!.answer();
    await statements[3]!.answer();
    expect(await Promise.all(answers)).toHaveLength(5);
  });

  it('does not wait behind one that takes long', async () => {
    for (const item of [1, 2, 3]) {
      void call(item);
      await settled();
    }
    jest.advanceTimersByTime(99);
    await settled();
    expect(began()).toEqual([[1], [2]]);
    jest.advanceTimersByTime(1);
    await settled();
    expect(began()).toEqual([[1], [2], [3]]);
    // It does not count twice: with one that counts, another may go and then no more.
    await statements[0]!.answer();
    await statements[1]!.answer();
    for (const item of [4, 5]) {
      void call(item);
      await settled();
    }
    expect(began()).toEqual([[1], [2], [3], [4]]);
  });

  it('fails with its statement, and the next one goes on', async () => {
    const failed = call(1, 2);
    await settled();
    const other = call(3);
    await settled();
    const next = call(4);
    const error = new Error('lost');
    await statements[0]!.fail(error);
    expect(await failed).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ]);
    await statements[1]!.answer();
    await statements[2]!.answer();
    expect(await Promise.all([other, next])).toEqual([fulfilled(30), fulfilled(40)]);
  });

  it('does not wait for what another call goes on with', async () => {
    const answers = [1, 2].map((item) => batcher.call(item));
    await settled();
    const { promise, resolve } = Promise.withResolvers<number>();
    await statements[0]!.answer([promise, 20]);
    expect(await answers[1]).toBe(20);
    for (const item of [3, 4]) {
      void call(item);
      await settled();
    }
    expect(began()).toEqual([[1, 2], [3], [4]]);
    resolve(11);
    expect(await answers[0]).toBe(11);
  });
});
