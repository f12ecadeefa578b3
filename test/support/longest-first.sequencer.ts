import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** What jest tells of a test file. */
interface TestFile {
  readonly path: string;
}

/** Whole services take seconds to start, a database takes none. */
const TIERS = ['.e2e-spec.ts', '.int-spec.ts', '.spec.ts'] as const;
const DESCRIBED_ELSEWHERE = /from '(\.[^']*\/describe-[^']*)'/g;

/**
 * The order of the test files: those that borrow a cluster (borrowed-cluster.ts), one after the other, so that it is ended
 * soon; then by how long they take: whole services before stores before none, and within these the longer file first.
 */
export default class LongestFirstSequencer {
  sort(tests: readonly TestFile[]): TestFile[] {
    const keyed = tests.map((test) => ({ test, rank: rankOf(test.path), size: statSync(test.path).size }));
    return keyed.sort((a, b) => a.rank - b.rank || b.size - a.size).map(({ test }) => test);
  }

  cacheResults(): void {
    // Nothing is kept: the order follows from the files alone, so that it is the same everywhere.
  }
}

function rankOf(path: string): number {
  return borrows(path) ? -1 : TIERS.findIndex((ending) => path.endsWith(ending));
}

function borrows(path: string): boolean {
  const source = readFileSync(path, 'utf8');
  const described = [...source.matchAll(DESCRIBED_ELSEWHERE)].map(([, from = '']) =>
    readFileSync(resolve(dirname(path), from), 'utf8'),
  );
  return [source, ...described].some((text) => text.includes('borrowCluster('));
}
