import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { watchOver } from '../../tools/embedded/watchdog.ts';
import { TEST_JWT_SECRET } from './api-client.ts';
import { waitFor } from './wait.ts';

export type ServiceName = 'booking-service' | 'order-service';

export interface StartServiceOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** More variables, or other values for those that are set here. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServiceProcess<Name extends string = ServiceName> {
  readonly name: Name;
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process has ended, for any reason. */
  readonly exited: Promise<ServiceExit>;
  /** Every line of both outputs so far, oldest first. */
  logs(): string[];
  /** Sends the signal. Resolves when the process has ended, for SIGSTOP and SIGCONT at once. @default 'SIGKILL' */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGTERM, the drain, and SIGKILL after 15 s. Safe to call twice, also while it is paused or killed. */
  stop(): Promise<ServiceExit>;
  pause(): Promise<void>;
  resume(): Promise<void>;
}

const DIST = resolve(import.meta.dirname, '../../dist');
/** A suite starts hundreds of services. */
export const COMPILE_CACHE = resolve(import.meta.dirname, '../../.data/compile-cache');
const LIVE_TIMEOUT_MS = 30_000;
const DRAIN_LIMIT_MS = 15_000;

/**
 * Starts a built service on a free port, and returns once it is live. It ends with this process at the latest.
 *
 * @throws Error with its log when it does not come up.
 */
export function startService(name: ServiceName, options: StartServiceOptions): Promise<ServiceProcess> {
  const env = { NODE_COMPILE_CACHE: COMPILE_CACHE, ...options.env };
  return startScript(name, resolve(DIST, name, 'main.js'), { ...options, env });
}

/** The same for any other built entry point that is a service. */
export async function startScript<Name extends string>(
  name: Name,
  script: string,
  options: StartServiceOptions,
): Promise<ServiceProcess<Name>> {
  if (!existsSync(script))
    throw new Error(`${script} is missing: run the suite with "npm test", which builds first.`);
  const child = spawn(process.execPath, [script], {
    env: toEnvironment(options),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const watchdog = child.pid === undefined ? null : watchOver({ pid: child.pid, signal: 'SIGKILL' });
  const logs: string[] = [];
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => logs.push(line));
  }
  const exited = new Promise<ServiceExit>((resolveExit, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      watchdog?.dismiss();
      resolveExit({ code, signal });
    });
  });
  try {
    const url = await Promise.race([failOnExit(exited), waitUntilLive(name, child, logs)]);
    if (child.exitCode !== null || child.signalCode !== null) await failOnExit(exited);
    return toServiceProcess(name, url, child, { logs, exited });
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${name} did not come up: ${(error as Error).message}\n${logs.join('\n')}`, {
      cause: error,
    });
  }
}

/** None of this shell's variables but those that Node needs: a test must not depend on who runs it. */
function toEnvironment({ databaseUrl, redisUrl, env }: StartServiceOptions): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    BOOKING_PORT: '0',
    ORDER_PORT: '0',
    HTTP_HOST: '127.0.0.1',
    AUTH_JWT_SECRET: TEST_JWT_SECRET,
    RATE_LIMIT_WRITES_PER_SECOND: '0',
    LOG_LEVEL: 'info',
    ...env,
  };
}

async function waitUntilLive(name: string, child: ChildProcess, logs: readonly string[]): Promise<string> {
  const wait = { timeoutMs: LIVE_TIMEOUT_MS, describe: `${name} to listen and be live` };
  // The waiting ends with the process; that it has ended is reported by the caller that waits for its exit.
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const url = await waitFor(() => findListeningUrl(logs) ?? (hasEnded() ? 'ended' : null), wait);
  await waitFor(async () => {
    if (hasEnded()) return true;
    const answer = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(5000) });
    await answer.body?.cancel();
    return answer.status === 200;
  }, wait);
  return url;
}

function findListeningUrl(logs: readonly string[]): string | undefined {
  for (const line of logs) {
    if (!line.includes('listening')) continue;
    try {
      const { msg, url } = JSON.parse(line) as { msg?: unknown; url?: unknown };
      if (msg === 'listening' && typeof url === 'string') return url;
    } catch {
      continue; // not one of the logger's lines
    }
  }
  return undefined;
}

async function failOnExit(exited: Promise<ServiceExit>): Promise<never> {
  const { code, signal } = await exited;
  throw new Error(`it ended with ${signal ?? `exit code ${code ?? '?'}`}.`);
}

function toServiceProcess<Name extends string>(
  name: Name,
  url: string,
  child: ChildProcess,
  { logs, exited }: { logs: readonly string[]; exited: Promise<ServiceExit> },
): ServiceProcess<Name> {
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await exited;
  };
  const stop = async (): Promise<ServiceExit> => {
    child.kill('SIGTERM');
    child.kill('SIGCONT'); // a paused process acts on no signal but SIGKILL
    const timer = setTimeout(() => child.kill('SIGKILL'), DRAIN_LIMIT_MS);
    const exit = await exited;
    clearTimeout(timer);
    return exit;
  };
  return {
    name,
    url,
    pid: child.pid!,
    exited,
    logs: () => [...logs],
    kill,
    stop,
    pause: () => kill('SIGSTOP'),
    resume: () => kill('SIGCONT'),
  };
}
