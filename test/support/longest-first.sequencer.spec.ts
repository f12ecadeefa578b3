import { expect, it } from '@jest/globals';
import { globSync } from 'node:fs';
import { join, resolve } from 'node:path';

import LongestFirstSequencer from './longest-first.sequencer.ts';

const ORDER = ['e2e-', 'int-', ''];
const ROOT = resolve(import.meta.dirname, '../..');

it('begins with the files that borrow a cluster, and ends with those that need no server', () => {
  const files = globSync('{apps,test,tools}/**/*.{spec,int-spec,e2e-spec}.ts', { cwd: ROOT });
  const tests = files.map((file) => ({ path: join(ROOT, file) }));
  const sorted = new LongestFirstSequencer().sort(tests).map(({ path }) => path.slice(ROOT.length + 1));

  const borrowing = [
    'test/promises/p02-truthful-409.e2e-spec.ts',
    'test/promises/p13-trucks-are-exact.e2e-spec.ts',
  ];
  const starting = 'test/promises/p06-no-orphans.e2e-spec.ts';
  for (const file of borrowing) expect(sorted.indexOf(file)).toBeLessThan(sorted.indexOf(starting));
  const tiers = sorted
    .slice(sorted.indexOf(starting))
    .map((file) => /\.(e2e-|int-|)spec\.ts$/.exec(file)![1]);
  expect(tiers).toEqual([...tiers].sort((a, b) => ORDER.indexOf(a!) - ORDER.indexOf(b!)));
});
