import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BACKGROUND_FAILED_TEXT } from '../customer-broadcast.messages.ts';
import { BackgroundLoop } from './background.loop.ts';

const INTERVAL_MS = 1000;

describe('a background loop', () => {
  const logger = new Logger('test');
  const error = jest.spyOn(logger, 'error').mockImplementation(() => undefined);
  let runs: number;
  let inFlight: number;
  let most: number;
  let end: (() => void)[];
  let loop: BackgroundLoop;

  beforeEach(() => {
    jest.useFakeTimers();
    error.mockClear();
    runs = inFlight = most = 0;
    end = [];
    loop = loopOf(async () => {
      runs++;
      most = Math.max(most, ++inFlight);
      await new Promise<void>((resolve) => end.push(resolve));
      inFlight--;
    });
  });

  afterEach(async () => {
    endRuns();
    await loop.stop();
    jest.useRealTimers();
  });

  const loopOf = (job: () => Promise<void>): BackgroundLoop =>
    new BackgroundLoop('The job', logger, INTERVAL_MS, job);

  function endRuns(): void {
    for (const resolve of end.splice(0)) resolve();
  }

  it('runs at once, and again an interval after the end of a run', async () => {
    loop.start();
    await jest.advanceTimersByTimeAsync(1);
    expect(runs).toBe(1);
    endRuns();
    await jest.advanceTimersByTimeAsync(INTERVAL_MS - 1);
    expect(runs).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(runs).toBe(2);
  });

  it('rests after the begin of a run, however often it is woken, and not after a quiet time', async () => {
    const job = jest.fn(() => Promise.resolve());
    loop = new BackgroundLoop('The job', logger, INTERVAL_MS, job, 10);
    loop.start();
    await jest.advanceTimersByTimeAsync(1);
    for (let ms = 0; ms < 8; ms++) {
      loop.wake();
      await jest.advanceTimersByTimeAsync(1);
    }
    expect(job).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(2);
    expect(job).toHaveBeenCalledTimes(2);
    await jest.advanceTimersByTimeAsync(100);
    loop.wake();
    await jest.advanceTimersByTimeAsync(1);
    expect(job).toHaveBeenCalledTimes(3);
  });

  it('never runs twice at the same time, however long a run takes and whoever wakes it', async () => {
    loop.start();
    loop.start();
    for (let wake = 0; wake < 20; wake++) {
      await jest.advanceTimersByTimeAsync(INTERVAL_MS);
      loop.wake();
      if (wake % 3 === 0) endRuns();
    }
    expect(runs).toBeGreaterThan(3);
    expect(most).toBe(1);
  });

  it('runs once more right after a run during which it was woken', async () => {
    loop.start();
    await jest.advanceTimersByTimeAsync(1);
    loop.wake();
    loop.wake();
    endRuns();
    await jest.advanceTimersByTimeAsync(1);
    expect(runs).toBe(2);
    endRuns();
    await jest.advanceTimersByTimeAsync(INTERVAL_MS - 1);
    expect(runs).toBe(2);
  });

  it('runs now when it is woken during the pause', async () => {
    loop.start();
    await jest.advanceTimersByTimeAsync(1);
    endRuns();
    await jest.advanceTimersByTimeAsync(10);
    loop.wake();
    await jest.advanceTimersByTimeAsync(1);
    expect(runs).toBe(2);
  });

  it('runs although it is woken again before each run could begin', async () => {
    jest.useRealTimers();
    loop.start();
    // The wakes of a busy service: closer together than the shortest timer.
    const limit = performance.now() + 100;
    while (runs === 0 && performance.now() < limit) {
      loop.wake();
      await nextTurn();
    }
    expect(runs).toBe(1);
  });

  it('does not run when it is woken before the start or after the stop', async () => {
    loop.wake();
    await jest.advanceTimersByTimeAsync(INTERVAL_MS);
    loop.start();
    await loop.stop();
    loop.wake();
    await jest.advanceTimersByTimeAsync(2 * INTERVAL_MS);
    expect(runs).toBe(0);
  });

  it('stops only after the run in flight, and may be stopped twice', async () => {
    loop.start();
    await jest.advanceTimersByTimeAsync(1);
    let stopped = 0;
    const both = [loop.stop().then(() => stopped++), loop.stop().then(() => stopped++)];
    await jest.advanceTimersByTimeAsync(INTERVAL_MS);
    expect({ stopped, stopping: loop.stopping }).toEqual({ stopped: 0, stopping: true });
    endRuns();
    await Promise.all(both);
    await jest.advanceTimersByTimeAsync(2 * INTERVAL_MS);
    expect({ runs, inFlight }).toEqual({ runs: 1, inFlight: 0 });
  });

  it('repeats a run that failed, and logs a failure once in 10 s', async () => {
    loop = loopOf(() => {
      runs++;
      throw new Error(`failure ${runs}`);
    });
    loop.start();
    await jest.advanceTimersByTimeAsync(9 * INTERVAL_MS);
    expect(runs).toBe(10);
    expect(error.mock.calls).toEqual([[BACKGROUND_FAILED_TEXT('The job', 'failure 1')]]);
    await jest.advanceTimersByTimeAsync(2 * INTERVAL_MS);
    expect(error).toHaveBeenCalledTimes(2);
  });
});
