import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

import { expect, test } from '@jest/globals';

const STEPS = 1_000_000;
const LIMIT_MS = 300_000;

// As the command: the sandbox that jest runs modules in makes each step cost twice as much.
test(
  'a million steps of the guard break no promise',
  () => {
    const seed = process.env.FC_SEED ?? String(Date.now() % 2 ** 31);
    const script = resolve(import.meta.dirname, '../../../../tools/simulate.ts');
    const args = [script, '--steps', String(STEPS), '--seed', seed];
    const run = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: LIMIT_MS });
    const output = run.stdout + run.stderr;
    process.stderr.write(`${output.trim().split('\n').at(-1)}; FC_SEED=${seed} repeats it\n`);
    if (run.status !== 0) throw new Error(output);
    const [, steps] = /(\d+) steps in \d+ runs, [\d.]+ s: no violation/.exec(output) ?? [];
    expect(Number(steps)).toBeGreaterThanOrEqual(STEPS);
  },
  LIMIT_MS,
);
