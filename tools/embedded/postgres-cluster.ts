import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { exists, isAlive, programOf } from '../process-state.ts';

import { type PostgresAccount } from './postgres-account.ts';

const run = promisify(execFile);

export const SUPERUSER = 'postgres';
/** Beside Postgres' own files, so that removing the cluster removes its password. */
const PASSWORD_FILE = 'embedded-password';
/** The major version of the binaries in package.json. */
const MAJOR_VERSION = '18';
const ORPHAN_STOP_MS = 15_000;
/** Its children end at once, and they must be gone before the pid file is. */
const ZOMBIE_PAUSE_MS = 1000;

/** Whether the folder holds a complete cluster. @throws Error when it was made by another major version. */
export function isClusterComplete(dataDir: string): boolean {
  const file = join(dataDir, 'PG_VERSION');
  if (!existsSync(file)) return false;
  const version = readFileSync(file, 'utf8').trim();
  if (version === MAJOR_VERSION) return true;
  throw new Error(
    `${dataDir} was made by Postgres ${version}, this is ${MAJOR_VERSION}: move it away (its data is lost to npm start) and start again.`,
  );
}

/**
 * Makes a cluster with a random password for its superuser. It gets its name when it is complete, so an interrupted
 * call leaves nothing that a later one would take for a cluster.
 */
export async function createCluster(
  initdb: string,
  dataDir: string,
  account: PostgresAccount,
): Promise<void> {
  const unfinished = `${dataDir}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  const passwordDir = mkdtempSync(join(tmpdir(), 'customer-broadcast-initdb-'));
  const passwordFile = join(passwordDir, 'password');
  const password = randomBytes(24).toString('base64url');
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    giveTo(account, passwordDir, passwordFile, unfinished);
    const [command, ...args] = [...account.prefix, initdb, ...initdbArgs(unfinished, passwordFile)];
    await run(command!, args, { uid: account.uid, gid: account.gid, cwd: '/', env: postgresEnvironment() });
    writeFileSync(join(unfinished, PASSWORD_FILE), password, { mode: 0o600 });
    giveTo(account, join(unfinished, PASSWORD_FILE));
    renameSync(unfinished, dataDir);
  } finally {
    rmSync(passwordDir, { recursive: true, force: true });
  }
}

function initdbArgs(dataDir: string, passwordFile: string): string[] {
  return [
    `--pgdata=${dataDir}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order on every system, whatever locales it has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ];
}

/** Messages in English; no PG* variable of the caller's shell, which would change what the server does. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

export function readPassword(dataDir: string): string {
  return readFileSync(join(dataDir, PASSWORD_FILE), 'utf8').trim();
}

/**
 * Makes a cluster startable whose last server did not end in an orderly way: stops a server that outlived its starter,
 * and removes a pid file whose number belongs to something else by now (after a reboot, in a container).
 *
 * The caller must be sure that no other process uses the cluster.
 */
export async function clearAbandonedServer(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  if (!exists(pid)) return; // Postgres sees that itself, and looks for surviving children as well
  if (!isAlive(pid)) await delay(ZOMBIE_PAUSE_MS); // ended, but in a container perhaps no parent will ever ask how
  if (!isAlive(pid) || !isPostgres(pid)) {
    rmSync(file, { force: true });
    return;
  }
  process.kill(pid, 'SIGINT');
  const limit = Date.now() + ORPHAN_STOP_MS;
  while (isAlive(pid)) {
    if (Date.now() > limit) {
      throw new Error(
        `Postgres ${pid} still runs on ${dataDir} and does not stop: end it with "kill -QUIT ${pid}".`,
      );
    }
    await delay(50);
  }
}

function isPostgres(pid: number): boolean {
  return programOf(pid)?.startsWith('postgres') ?? true;
}

function giveTo({ owner }: PostgresAccount, ...paths: string[]): void {
  if (owner === null) return;
  for (const path of paths) chownSync(path, owner.uid, owner.gid);
}
