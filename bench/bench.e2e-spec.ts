import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { waitFor } from '../test/support/wait.ts';
import { childrenOf } from '../tools/embedded/child-processes.ts';
import { isAlive } from '../tools/process-state.ts';
import type { Results } from './report/results.ts';

/** Half a minute on a calm machine; a busy one may need four times as long, and more. */
const LIMIT_MS = 240_000;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-e2e-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

it(
  'the benchmark measures its contenders by itself and writes figures and a chart',
  () => {
    const script = resolve(import.meta.dirname, '../tools/bench.ts');
    const args = ['--quick', '--only', 'http', '--rounds', '1', '--results', folder];
    const run = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', timeout: LIMIT_MS });
    expect([run.status, run.stderr]).toEqual([0, '']);

    const { experiments } = JSON.parse(readFileSync(join(folder, 'latest.json'), 'utf8')) as Results;
    const { http } = experiments;
    expect(http).toMatchObject({ quick: true, versions: { node: process.versions.node } });
    expect(http?.versions.postgres).toMatch(/^18\./);
    const ratio = http?.figures.find(({ what }) => what === 'throughput, ours-1 / bare');
    expect(ratio).toMatchObject({ target: { atLeast: 0.9 }, rounds: [expect.any(Number)] });
    expect(ratio?.median).toBeGreaterThan(0);
    expect(readFileSync(join(folder, 'latest.svg'), 'utf8')).toContain('</svg>');
  },
  LIMIT_MS,
);

it(
  'nothing that it has started outlives the npm that ran it',
  async () => {
    // By itself it would go on for a minute.
    const args = ['--only', 'limit', '--results', folder];
    const npm = spawn('npm', ['run', 'bench', '--', ...args], {
      cwd: resolve(import.meta.dirname, '..'),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    npm.stdout.on('data', (chunk: Buffer) => (output += chunk.toString())); // read to the end: a pipe that closes would end it, too
    await waitFor(() => output.includes('four Redis'), { timeoutMs: LIMIT_MS / 2, describe: 'its servers' });
    const started = descendantsOf(npm.pid!);
    expect(started.length).toBeGreaterThan(6); // a shell, the benchmark, its servers
    npm.kill('SIGKILL');
    await once(npm, 'exit');

    await waitFor(() => !started.some(isAlive), { timeoutMs: 30_000, describe: 'the end of all' });
  },
  LIMIT_MS,
);

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}
