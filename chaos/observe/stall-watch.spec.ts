import { expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';

import { nowMs } from '../site/run-clock.ts';
import { watchStalls } from './stall-watch.ts';

it('notes when the process did not run', async () => {
  const watch = watchStalls();
  await pause(50);
  const fromMs = nowMs();
  while (nowMs() - fromMs < 300);
  const untilMs = nowMs();
  await pause(50);
  const within = watch.stop().filter((stall) => stall.fromMs < untilMs && stall.untilMs > fromMs);
  expect(within).toHaveLength(1);
  expect(within[0]!.untilMs).toBeGreaterThanOrEqual(untilMs);
  expect(within[0]!.untilMs - within[0]!.fromMs).toBeGreaterThan(250);
});
