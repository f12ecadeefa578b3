import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { isAlive, startTimeOf } from './process-state.ts';

export interface LockFile {
  release(): void;
}

export class LockHeldError extends Error {
  readonly pid: number;

  constructor(path: string, pid: number) {
    super(`${path} is held by process ${pid}.`);
    this.pid = pid;
  }
}

const ATTEMPTS = 10;

/**
 * Takes a lock that one process of this machine can hold. It is a file with the holder's number; the file of a process
 * that has ended, by `kill -9` too, is taken over.
 *
 * @throws LockHeldError when another process holds it.
 */
export function acquireLock(path: string): LockFile {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}`;
  const content = `${process.pid} ${startTimeOf(process.pid)}\n`;
  writeFileSync(own, content);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (tryLink(own, path)) return { release: () => removeIfStill(path, content) };
      const holder = readOrNull(path);
      if (holder === null) continue; // released at this moment
      const [pid = '', startTime = ''] = holder.trim().split(' ');
      if (isAlive(Number(pid)) && startTimeOf(Number(pid)) === startTime) {
        throw new LockHeldError(path, Number(pid));
      }
      removeIfStill(path, holder);
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new Error(`The lock ${path} could not be taken: remove the file if nothing runs.`);
}

/** A link appears with its content or not at all, so no process ever reads a half-written lock. */
function tryLink(source: string, path: string): boolean {
  try {
    linkSync(source, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Moved aside before it is compared: between a look and a removal the lock could have become another's. */
function removeIfStill(path: string, content: string): void {
  const aside = `${path}.${process.pid}.aside`;
  try {
    renameSync(path, aside);
  } catch {
    return; // gone already
  }
  if (readOrNull(aside) !== content) tryLink(aside, path);
  rmSync(aside, { force: true });
}
