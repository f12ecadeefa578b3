import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type EmbeddedServer, type StartEmbeddedOptions } from './embedded-server.interface.ts';
import { findFreePort } from './free-port.ts';
import { findRedisServer } from './redis-binary.ts';
import { spawnServer, type ServerProcess } from './server-process.ts';

export interface StartRedisOptions extends StartEmbeddedOptions {
  /** @default a temporary folder, removed by `stop` */
  readonly dataDir?: string | undefined;
  /** More arguments for the server, `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[] | undefined;
}

export type EmbeddedRedis = EmbeddedServer;

const READY_TIMEOUT_MS = 20_000;
const PING_TIMEOUT_MS = 1000;
const STOP_TIMEOUT_MS = 5000;
const START_ATTEMPTS = 5;

/**
 * Starts a Redis of this repository's own on 127.0.0.1, which keeps nothing on disk, and returns once it answers.
 *
 * It ends with this process at the latest, and not on the terminal's Ctrl-C.
 *
 * @throws Error when there is no redis-server (says what to install), or with its last words when it does not start.
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<EmbeddedRedis> {
  const command = await findRedisServer(options.onProgress);
  const ownDir =
    options.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'customer-broadcast-redis-')) : null;
  const dir = options.dataDir ?? ownDir!;

  const spawnOn = async (port: number): Promise<ServerProcess> => {
    const server = await spawnServer({
      command,
      args: [...toArgs(port, dir), ...(options.args ?? [])],
      cwd: dir,
      logFile: join(dir, 'redis.log'),
      stopSignal: 'SIGTERM',
      stopTimeoutMs: STOP_TIMEOUT_MS,
      temporaryDir: ownDir ?? undefined,
    });
    await waitUntilReady(port, server);
    return server;
  };

  let { server, port } = await startWithRetry(options.port, spawnOn);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid;
    },
    get exited() {
      return server.exited;
    },
    logTail: (lines) => server.logTail(lines),
    kill: (signal) => server.kill(signal),
    stop: async () => {
      await server.stop();
      if (ownDir !== null) rmSync(ownDir, { recursive: true, force: true });
    },
    restart: async () => {
      await server.stop();
      ({ server, port } = await startWithRetry(port, spawnOn));
    },
  };
}

function toArgs(port: number, dir: string): string[] {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--daemonize', 'no'];
  return [...settings, '--save', '', '--appendonly', 'no'];
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
      const isTaken = (error as Error).message.includes('Address already in use');
      if (!isTaken || attempt === START_ATTEMPTS) throw error;
      await delay(100);
    }
  }
}

async function waitUntilReady(port: number, server: ServerProcess): Promise<void> {
  const limit = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < limit) {
    const answers = await answersPing(port);
    // Asked after the ping: if another server has the port, that one answered and ours has ended.
    if (server.hasExited()) {
      throw new Error(`Redis did not start. Its last lines:\n${server.logTail().join('\n')}`);
    }
    if (answers) return;
    await delay(20);
  }
  await server.stop();
  throw new Error(`Redis did not answer within ${READY_TIMEOUT_MS / 1000} s.`);
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PING_TIMEOUT_MS, () => end(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.once('error', () => end(false));
  });
}
