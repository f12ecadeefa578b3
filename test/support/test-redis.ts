import { Redis } from 'ioredis';

import { startRedis } from '../../tools/embedded/redis.ts';

export interface TestRedis {
  readonly url: string;
  /** For looking and for arranging. Its commands fail at once while the server is away, and it comes back with it. */
  readonly client: Redis;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Stops it in its tracks: connections stay open, nothing is answered. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Kills it outright; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port; resolves when the client is connected again. */
  restart(): Promise<void>;
  /** Ends it for good. Safe to call twice, also while it is paused or killed. */
  stop(): Promise<void>;
}

const COMMAND_TIMEOUT_MS = 5000;
const RECONNECT_PAUSE_MS = 50;
/**
 * ioredis waits this long for a connection to close. When it has been closed already, by a killed server say, nothing
 * ends the wait, and it keeps the process alive: 2 s by default.
 */
const DISCONNECT_TIMEOUT_MS = 50;

/** Starts a Redis of the caller's own, empty, on a free port. */
export async function startTestRedis(): Promise<TestRedis> {
  const server = await startRedis();
  const client = await connectTestRedis(server.url);
  let stopped: Promise<void> | null = null;
  return {
    url: server.url,
    client,
    get pid() {
      return server.pid;
    },
    pause: () => server.kill('SIGSTOP'),
    resume: () => server.kill('SIGCONT'),
    kill: () => server.kill('SIGKILL'),
    restart: async () => {
      // Asked for first, so that the news of the old connection's end cannot be mistaken for the new one's start.
      client.disconnect();
      await server.restart();
      await client.connect();
    },
    stop: () => {
      client.disconnect();
      return (stopped ??= server.stop());
    },
  };
}

/** A client for looking and for arranging, as {@link TestRedis.client} is one. */
export async function connectTestRedis(url: string): Promise<Redis> {
  const client = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    retryStrategy: () => RECONNECT_PAUSE_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    lazyConnect: true,
  });
  client.on('error', () => undefined); // the server's absence is what some tests are about
  await client.connect();
  return client;
}
