import fc from 'fast-check';
import type { Sabotage } from './deployment.ts';
import { Exploration } from './exploration.ts';
import { type Scenario, scenarios } from './scenario.ts';
import { installVirtualTime } from './virtual-clock.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** It ends with the story in which this many steps are reached. */
  readonly steps: number;
  readonly sabotage?: Sabotage;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly runs: number;
  readonly steps: number;
}

export interface CampaignResult extends Progress {
  /** Null: nothing was found. Otherwise the smallest story in which it happens, in words. */
  readonly found: string | null;
  /** Runs and steps until it was found for the first time, before it was made smaller. */
  readonly foundAfter: Progress | null;
}

/** Stories of one call of fast-check; each has a seed of its own, so that any of them can be repeated alone. */
const RUNS_PER_BATCH = 100;

/** Runs stories until enough steps were made, or one breaks a promise; that one is made smaller. */
export async function explore(options: CampaignOptions): Promise<CampaignResult> {
  const { seed, steps, sabotage = {}, onProgress } = options;
  const restore = installVirtualTime();
  const made = { runs: 0, steps: 0 };
  let foundAfter: Progress | null = null;
  const story = async (scenario: Scenario, scheduler: fc.Scheduler): Promise<void> => {
    const exploration = new Exploration(scheduler, scenario, sabotage);
    try {
      await exploration.run();
    } catch (error) {
      foundAfter ??= { runs: made.runs + 1, steps: made.steps + exploration.world.steps };
      throw error;
    } finally {
      made.runs++;
      made.steps += exploration.world.steps;
    }
  };
  try {
    for (let batch = 0; made.steps < steps; batch++) {
      const property = fc.asyncProperty(scenarios(), fc.scheduler(), story);
      const details = await fc.check(property, { seed: seed + batch, numRuns: RUNS_PER_BATCH });
      onProgress?.({ ...made });
      if (details.failed) return { ...made, foundAfter, found: describe(details) };
    }
    return { ...made, foundAfter, found: null };
  } finally {
    restore();
  }
}

function describe({
  seed,
  counterexamplePath,
  counterexample,
  errorInstance,
}: fc.RunDetails<[Scenario, fc.Scheduler]>): string {
  const message =
    errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance);
  return [
    message,
    `Smallest scenario: ${JSON.stringify(counterexample?.[0], null, 1)}`,
    `Again: FC_SEED=${seed} (path ${counterexamplePath ?? 'unknown'})`,
  ].join('\n');
}
