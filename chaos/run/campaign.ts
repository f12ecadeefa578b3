import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { ChaosOptions } from '../options.ts';
import { runOnce } from './chaos-run.ts';

const DIR = resolve(import.meta.dirname, '../../.data/chaos');
const FILE = join(DIR, 'campaign.json');

interface CampaignState {
  readonly seed: number;
  /** Rounds that have ended, and whether they were green. */
  readonly rounds: readonly { readonly seed: number; readonly green: boolean }[];
}

/**
 * Round after round, each on a site and with a seed of its own. What has ended is kept in a file: started again after an
 * interruption it goes on with the next round. Ends at the first round that is red.
 *
 * @returns whether all rounds were green
 */
export async function runCampaign(options: ChaosOptions): Promise<boolean> {
  mkdirSync(DIR, { recursive: true });
  let state = readState() ?? { seed: options.seed, rounds: [] };
  while (state.rounds.length < options.rounds) {
    const seed = state.seed + state.rounds.length;
    console.log(`\nround ${state.rounds.length + 1} of ${options.rounds}`);
    const green = await runOnce(options, seed);
    state = { ...state, rounds: [...state.rounds, { seed, green }] };
    writeFileSync(FILE, JSON.stringify(state, null, 2));
    if (!green) return false;
  }
  console.log(`\nall ${options.rounds} rounds are green; remove ${FILE} to begin anew`);
  return state.rounds.every(({ green }) => green);
}

function readState(): CampaignState | null {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as CampaignState) : null;
}
