import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './paths.ts';
import { ALONE, LONG, passesOf, sum, type TestCommand } from './test-passes.ts';

const COMMANDS: readonly TestCommand[] = ['test', 'verify'];
const NO_TEST_FILES = ['node_modules', 'dist', '.data', '.git'];
const ALL = globSync('**/*.{spec,int-spec,e2e-spec}.ts', {
  cwd: ROOT,
  exclude: (name) => NO_TEST_FILES.includes(name),
}).sort();

/** The test files that jest itself finds for these arguments, from the root. */
function listFiles(args: readonly string[]): readonly string[] {
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  const output = execFileSync(process.execPath, [jest, ...args, '--listTests', '--json'], { cwd: ROOT });
  return (JSON.parse(output.toString()) as string[]).map((path) => path.slice(ROOT.length + 1));
}

describe('the passes of the two commands', () => {
  it('run every test file once, in the command that its path is listed for', () => {
    expect(ALL.length).toBeGreaterThan(100);
    const [quick, long] = COMMANDS.map((command) => passesOf(command).flatMap(listFiles).sort());
    const isLong = (file: string): boolean => LONG.some(({ path }) => file.startsWith(path));
    expect(quick).toEqual(ALL.filter((file) => !isLong(file)));
    expect(long).toEqual(ALL.filter(isLong));
  });

  it.each(COMMANDS)('of %s begin with the files that may run beside others', (command) => {
    const [together, alone] = passesOf(command).map(listFiles);
    const isAlone = (file: string): boolean => ALONE.some(({ path }) => file.startsWith(path));
    expect(together!.filter(isAlone)).toEqual([]);
    expect(alone!.filter((file) => !isAlone(file))).toEqual([]);
  });

  it.each([...LONG, ...ALONE])('find something at $path', ({ path }) => {
    expect(ALL.filter((file) => file.startsWith(path))).not.toEqual([]);
  });

  it.each(COMMANDS)('of %s are one when a part is asked for, with the options that were given', (command) => {
    expect(passesOf(command, ['p03', '--runInBand'])).toEqual([['p03', '--runInBand']]);
  });

  it('are counted together', () => {
    const one = { numPassedTests: 3, numFailedTests: 1, numRuntimeErrorTestSuites: 0 };
    const other = { numPassedTests: 2, numFailedTests: 0, numRuntimeErrorTestSuites: 1 };
    expect(sum([one, other])).toEqual({
      numPassedTests: 5,
      numFailedTests: 1,
      numRuntimeErrorTestSuites: 1,
    });
  });
});
