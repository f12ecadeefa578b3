import { expect, test } from '@jest/globals';
import { explore } from './campaign.ts';
import type { Sabotage } from './deployment.ts';

/**
 * A simulation that finds nothing may be blind. Each of these takes one thing out, and it must see what then happens within
 * the given number of steps. The seed is fixed: most are seen within 20,000 steps with any, but the tombstone only matters
 * when a write comes very late, and with other seeds that took up to some millions.
 */
const CONTROLS: readonly (readonly [
  taken: string,
  sabotage: Sabotage,
  promise: string,
  withinSteps: number,
])[] = [
  ["the slot's key and the unique indexes are gone", { noSlotKey: true }, 'P1', 100_000],
  ['the key is deleted without comparing', { plainDelete: true }, 'P9', 100_000],
  ['a write of the key does not look for the tombstone', { noTombstone: true }, 'P2', 100_000],
  ['a key is believed without Postgres', { believesKey: true }, 'P2', 300_000],
  [
    'a row is marked delivered before the acknowledgement',
    { marksBeforeAcknowledgement: true },
    'P7',
    100_000,
  ],
  ['the lock is released by whoever asks', { releaseWithoutOwner: true }, 'P9', 100_000],
];

const SEED = 1022;

test.each(CONTROLS)(
  'it is found out when %s',
  async (_taken, sabotage, promise, withinSteps) => {
    const { found, foundAfter } = await explore({ seed: SEED, steps: withinSteps, sabotage });
    process.stderr.write(
      `simulation: ${Object.keys(sabotage).join()} found after ${JSON.stringify(foundAfter)}\n`,
    );
    expect(found).toContain(`Violation: ${promise}: `);
  },
  300_000,
);
