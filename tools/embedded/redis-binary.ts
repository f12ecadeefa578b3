import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const NAMES = ['redis-server', 'valkey-server'];
/** Where packages put it, for a PATH without the administrator's folders. */
const USUAL_FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];
/** Debian asks this script whether a package may start its service; 101 is no. */
const POLICY = '/usr/sbin/policy-rc.d';
const INSTALL_ATTEMPTS = 20;
const INSTALL_PAUSE_MS = 3000;

const REMEDY = `No redis-server was found. Install one, or set REDIS_URL to a Redis of your own:
  Debian, Ubuntu   sudo apt-get install redis-server
  Fedora           sudo dnf install redis      (or valkey)
  macOS            brew install redis
  Alpine           sudo apk add redis`;

/**
 * The path of a redis-server or valkey-server. Where there is none, and this is root on a system with apt-get, it
 * installs the distribution's package, without starting its service.
 *
 * @throws Error that says what to install, a line for each system.
 */
export async function findRedisServer(onProgress?: (message: string) => void): Promise<string> {
  const found = searchPath();
  if (found !== null) return found;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(REMEDY);
  onProgress?.('no redis-server here: installing the package redis-server');
  return installByApt();
}

function searchPath(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...USUAL_FOLDERS];
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Tried again while another apt-get holds the lock; that one may be installing the same. */
async function installByApt(): Promise<string> {
  const ownsPolicy = forbidServiceStart();
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await run('apt-get', ['update', '-qq'], { env });
        await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'], { env });
        break;
      } catch (error) {
        const isLocked = /could not get lock|unable to lock/i.test((error as Error).message);
        if (!isLocked || attempt === INSTALL_ATTEMPTS) {
          throw new Error(`${REMEDY}\napt-get did not manage: ${(error as Error).message.trim()}`, {
            cause: error,
          });
        }
        await delay(INSTALL_PAUSE_MS);
        if (searchPath() !== null) break;
      }
    }
  } finally {
    if (ownsPolicy) rmSync(POLICY, { force: true });
  }
  const installed = searchPath();
  if (installed === null) throw new Error(REMEDY);
  return installed;
}

function forbidServiceStart(): boolean {
  try {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
    return true;
  } catch {
    return false; // the machine has a policy of its own, or another start has just written this one
  }
}
