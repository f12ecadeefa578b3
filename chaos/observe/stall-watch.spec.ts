import { expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

import { waitFor } from '../../test/support/wait.ts';
import { nowMs } from '../site/run-clock.ts';
import type { Replica } from '../site/site.interface.ts';
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
  expect(within[0]!.process).toBeNull();
  expect(within[0]!.untilMs).toBeGreaterThanOrEqual(untilMs);
  expect(within[0]!.untilMs - within[0]!.fromMs).toBeGreaterThan(250);
});

const onLinux = process.platform === 'linux' ? it : it.skip;

onLinux(
  'notes by name which replica got no processor, and no replica that only waits',
  async () => {
    const idle = run('echo; read line');
    await once(idle.stdout!, 'data'); // from now on it does nothing
    const busy = Array.from({ length: 4 * availableParallelism() }, () => run('while :; do :; done'));
    const children = [...busy, idle];
    const watch = watchStalls([...busy.map((child) => as('busy', child)), as('idle', idle)]);
    try {
      const stalls = await waitFor(
        () => {
          const found = watch.stalls.filter((stall) => stall.process === 'busy');
          return found.length > 10 ? found : null;
        },
        { timeoutMs: 30_000, describe: 'stalls of busy processes' },
      );
      for (const { fromMs, untilMs } of stalls) expect(untilMs - fromMs).toBeGreaterThan(0);
      expect(watch.stop().filter((stall) => stall.process === 'idle')).toEqual([]);
    } finally {
      watch.stop();
      for (const child of children) child.kill('SIGKILL');
    }
  },
  40_000,
);

const run = (script: string): ChildProcess =>
  spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });

const as = (name: string, { pid }: ChildProcess): Pick<Replica, 'name' | 'process'> => ({
  name,
  process: { pid: pid! } as Replica['process'],
});
