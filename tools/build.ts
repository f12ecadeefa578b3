import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { acquireLock, LockHeldError, type LockFile } from './lock-file.ts';
import { DATA, ROOT } from './paths.ts';

const LOCK_WAIT_MS = 300_000;
const LOCK_POLL_MS = 100;

/**
 * Compiles what has changed since the last build. Several calls at once, by several processes, build one after the
 * other.
 *
 * @param project what to compile. @default the services
 * @throws Error with the compiler's messages.
 */
export async function build(signal?: AbortSignal, project = 'tsconfig.build.json'): Promise<void> {
  const lock = await waitForLock(join(DATA, 'build.lock'), signal);
  try {
    await compile(project, signal);
  } finally {
    lock.release();
  }
}

async function waitForLock(path: string, signal?: AbortSignal): Promise<LockFile> {
  const limit = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return acquireLock(path);
    } catch (error) {
      if (!(error instanceof LockHeldError) || Date.now() > limit) throw error;
      await delay(LOCK_POLL_MS, undefined, { signal });
    }
  }
}

async function compile(project: string, signal?: AbortSignal): Promise<void> {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const child = spawn(process.execPath, [compiler, '-b', project], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`The build failed:\n${output.trim()}`);
}
