import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from './paths.ts';
import { type NodeEnd, runNode } from './run-node.ts';
import { sum, type TestSummary } from './test-passes.ts';

/** How several runs of jest have ended. */
export interface PassesEnd extends NodeEnd {
  /** Of all passes together; null when not asked for, and when a pass left none: a sum that lacks one would look like all. */
  readonly summary: TestSummary | null;
}

/** Runs jest once for each list of arguments, one after the other; a red pass does not keep the next from running. */
export async function runPasses(
  passes: readonly (readonly string[])[],
  { isCounted }: { readonly isCounted: boolean },
): Promise<PassesEnd> {
  const summaries: TestSummary[] = [];
  let code = 0;
  let stopped = false;
  for (const [index, pass] of passes.entries()) {
    const output = join(tmpdir(), `jest-summary-${process.pid}-${index}.json`);
    const ended = await runJest(isCounted ? [...pass, '--json', `--outputFile=${output}`] : pass);
    code = Math.max(code, ended.code);
    stopped = ended.stopped;
    if (isCounted && existsSync(output)) {
      summaries.push(JSON.parse(readFileSync(output, 'utf8')) as TestSummary);
      rmSync(output);
    }
    if (stopped) break;
  }
  const isWhole = isCounted && summaries.length === passes.length;
  return { code, stopped, summary: isWhole ? sum(summaries) : null };
}

function runJest(args: readonly string[]): Promise<NodeEnd> {
  return runNode([
    // Jest loads ES modules through Node's module API, which is behind a flag and warns of that in every worker.
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(ROOT, 'node_modules/jest/bin/jest.js'),
    ...args,
  ]);
}
