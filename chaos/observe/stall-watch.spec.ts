import { expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

import { waitFor } from '../../test/support/wait.ts';
import { waitedForProcessorMs } from '../../tools/process-state.ts';
import type { Stall } from '../history/operation.interface.ts';
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

it('notes by name which replica got no processor, none that only waits, and none where the system does not tell', async () => {
  const idle = run('echo; read line');
  await once(idle.stdout!, 'data'); // from now on it does nothing
  const busy = Array.from({ length: 4 * availableParallelism() }, () => run('while :; do :; done'));
  const watch = watchStalls([...busy.map((child) => as('busy', child)), as('idle', idle)]);
  const ofReplicas = (): Stall[] => watch.stalls.filter(({ process }) => process !== null);
  const systemTells = waitedForProcessorMs(process.pid) !== null;
  try {
    if (systemTells)
      await waitFor(() => ofReplicas().length > 10, {
        timeoutMs: 30_000,
        describe: 'stalls of busy processes',
      });
    else await pause(1000);
    const names = new Set(ofReplicas().map((stall) => stall.process));
    expect([...names]).toEqual(systemTells ? ['busy'] : []);
    for (const { fromMs, untilMs } of ofReplicas()) expect(untilMs - fromMs).toBeGreaterThan(0);
  } finally {
    watch.stop();
    for (const child of [...busy, idle]) child.kill('SIGKILL');
  }
});

const run = (script: string): ChildProcess =>
  spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });

const as = (name: string, { pid }: ChildProcess): Pick<Replica, 'name' | 'process'> => ({
  name,
  process: { pid: pid! } as Replica['process'],
});
