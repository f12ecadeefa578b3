import { transformSync } from '@swc/core';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { ROOT } from './paths.ts';

const USAGE = 'Usage: npm run simulate -- [--steps 1000000] [--seed 7]';
const SIMULATION = join(ROOT, 'libs/customer-broadcast/test/simulation/campaign.ts');

/** What of the simulation is used here; it is loaded from its sources, which are not part of any build. */
interface Simulation {
  readonly explore: (options: {
    seed: number;
    steps: number;
    onProgress: (progress: { runs: number; steps: number }) => void;
  }) => Promise<{ runs: number; steps: number; found: string | null }>;
}

/** The library has decorators and parameter properties, which Node does not strip. */
function compileSources(): void {
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith('file:') || !url.endsWith('.ts') || !url.includes('/libs/'))
        return nextLoad(url, context);
      const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
        filename: fileURLToPath(url),
        sourceMaps: 'inline',
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      });
      return { format: 'module', source: code, shortCircuit: true };
    },
  });
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`--${name} must be a whole number, but is "${text}".`);
  return value;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      steps: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    },
  });
  const steps = wholeNumber('steps', values.steps);
  const seed = wholeNumber('seed', values.seed);
  compileSources();
  const { explore } = (await import(SIMULATION)) as Simulation;
  console.log(`seed ${seed}, ${steps} steps`);
  const begunAtMs = Date.now();
  let shownAtMs = 0;
  const {
    runs,
    steps: made,
    found,
  } = await explore({
    seed,
    steps,
    onProgress: (progress) => {
      if (Date.now() - shownAtMs < 5000) return;
      shownAtMs = Date.now();
      const perSecond = Math.round((1000 * progress.steps) / (shownAtMs - begunAtMs));
      console.log(`${progress.steps} steps in ${progress.runs} runs, ${perSecond} a second`);
    },
  });
  const seconds = ((Date.now() - begunAtMs) / 1000).toFixed(1);
  if (found !== null) console.error(found);
  console.log(
    `${made} steps in ${runs} runs, ${seconds} s: ${found === null ? 'no violation' : 'a violation'}`,
  );
  return found === null ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exitCode = 1;
}
