import { expect, test } from '@jest/globals';
import { explore } from './campaign.ts';

const STEPS = 1_000_000;

test('a million steps of the guard break no promise', async () => {
  const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
  process.stderr.write(`simulation: seed ${seed} (FC_SEED=${seed} repeats it)\n`);
  const { found, steps, runs } = await explore({ seed, steps: STEPS });
  process.stderr.write(`simulation: ${steps} steps in ${runs} runs\n`);
  if (found !== null) throw new Error(found);
  expect(steps).toBeGreaterThanOrEqual(STEPS);
}, 300_000);
