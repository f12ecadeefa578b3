import { mkdirSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { childrenOf, processesIn } from './child-processes.ts';
import { type EmbeddedServer, type StartEmbeddedOptions } from './embedded-server.interface.ts';
import { findFreePort } from './free-port.ts';
import { choosePostgresAccount } from './postgres-account.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import {
  clearAbandonedServer,
  createCluster,
  isClusterComplete,
  postgresEnvironment,
  readPassword,
  SUPERUSER,
} from './postgres-cluster.ts';
import { spawnServer, type ServerProcess } from './server-process.ts';

export interface StartPostgresOptions extends StartEmbeddedOptions {
  /** Made when it is missing. One server at a time may use it: the caller sees to that. */
  readonly dataDir: string;
  /** @default `<dataDir>.log` */
  readonly logFile?: string | undefined;
  /** Settings of postgresql.conf for this run, `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** A folder that is removed when this process dies without stopping the server; `dataDir` lies in it. */
  readonly temporaryDir?: string | undefined;
}

export interface EmbeddedPostgres extends EmbeddedServer {
  /** The superuser's URL of a database. */
  urlOf(database: string): string;
}

const READY_TIMEOUT_MS = 60_000;
/** A killed server's children hold its shared memory until they notice; a port may be taken between choice and use. */
const START_ATTEMPTS = 20;
const RETRY_PAUSE_MS = 250;
const TRANSIENT = /shared memory block|lock file "postmaster\.pid" already exists|Address already in use/;

/**
 * Starts a Postgres of this repository's own on 127.0.0.1 and returns once it answers.
 *
 * It ends with this process at the latest, and not on the terminal's Ctrl-C: its users stop first.
 *
 * @throws Error with the server's last words when it does not start.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const binaries = findPostgresBinaries();
  mkdirSync(dirname(dataDir), { recursive: true });
  const account = choosePostgresAccount(dataDir, [binaries.postgres, dirname(dataDir)]);
  if (isClusterComplete(dataDir)) {
    await clearAbandonedServer(dataDir);
  } else {
    options.onProgress?.('making a new database cluster');
    await createCluster(binaries.initdb, dataDir, account);
  }
  const password = readPassword(dataDir);
  const urlAt = (port: number, database: string): string =>
    `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
  const [command, ...prefix] = [...account.prefix, binaries.postgres];

  const spawnOn = async (port: number): Promise<ServerProcess> => {
    const server = await spawnServer({
      command: command,
      args: [...prefix, '-D', dataDir, '-p', String(port), ...toFlags(options.settings)],
      cwd: '/',
      env: postgresEnvironment(),
      uid: account.uid,
      gid: account.gid,
      logFile: options.logFile ?? `${dataDir}.log`,
      stopSignal: 'SIGINT', // the fast shutdown: open transactions are rolled back, no client is waited for
      temporaryDir: options.temporaryDir,
    });
    await waitUntilReady(urlAt(port, 'postgres'), server);
    return server;
  };

  let { server, port } = await startWithRetry(options.port, spawnOn);
  return {
    url: urlAt(port, 'postgres'),
    urlOf: (database) => urlAt(port, database),
    port,
    get pid() {
      return server.pid;
    },
    get exited() {
      return server.exited;
    },
    logTail: (lines) => server.logTail(lines),
    kill: (signal) => killAll(server, signal),
    stop: () => resumeAndStop(server),
    restart: async () => {
      await resumeAndStop(server);
      endStragglers(dataDir);
      ({ server, port } = await startWithRetry(port, spawnOn));
    },
  };
}

function toFlags(settings: Readonly<Record<string, string>> = {}): string[] {
  const all = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function startWithRetry(
  fixedPort: number | undefined,
  spawnOn: (port: number) => Promise<ServerProcess>,
): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = fixedPort ?? (await findFreePort());
    try {
      return { server: await spawnOn(port), port };
    } catch (error) {
      if (attempt === START_ATTEMPTS || !TRANSIENT.test((error as Error).message)) throw error;
      await delay(RETRY_PAUSE_MS);
    }
  }
}

async function waitUntilReady(url: string, server: ServerProcess): Promise<void> {
  const limit = Date.now() + READY_TIMEOUT_MS;
  let reason: unknown;
  while (Date.now() < limit) {
    if (server.hasExited()) {
      throw new Error(`Postgres did not start. Its last lines:\n${server.logTail().join('\n')}`, {
        cause: reason,
      });
    }
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined); // the server ended under the connection; the loop sees it
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      reason = error;
      await delay(30);
    }
  }
  await server.stop();
  throw new Error(`Postgres did not answer within ${READY_TIMEOUT_MS / 1000} s.`, { cause: reason });
}

/**
 * A paused or killed postmaster says nothing about its connections, which are processes of their own. So they get these
 * two signals as well.
 */
async function killAll(server: ServerProcess, signal: NodeJS.Signals): Promise<void> {
  const forAll = signal === 'SIGSTOP' || signal === 'SIGCONT' || signal === 'SIGKILL';
  const children = forAll ? childrenOf(server.pid) : [];
  const ended = server.kill(signal);
  sendTo(children, signal);
  await ended;
}

/**
 * A connection is a process of its own. One that is stopped does not notice that its server is gone, holds the shared memory,
 * and so every new start back, until another process ends it.
 */
function endStragglers(dataDir: string): void {
  sendTo(processesIn(realpathSync(dataDir)), 'SIGKILL');
}

function sendTo(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      continue; // it ended by itself in the meantime
    }
  }
}

/** A paused child acts on no shutdown. */
async function resumeAndStop(server: ServerProcess): Promise<void> {
  if (server.hasExited()) return;
  await killAll(server, 'SIGCONT');
  await server.stop();
}
