import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { watchOver } from '../embedded/watchdog.ts';
import { DIST, LOGS, ROOT } from '../paths.ts';

export type ServiceName = 'booking-service' | 'order-service';

export interface ServiceChild {
  readonly name: ServiceName;
  readonly logFile: string;
  /** Resolves with how it ended, never rejects. */
  readonly exited: Promise<string>;
  /** Its last log lines, oldest first. */
  logTail(): string[];
  /** Lets it drain; after 20 s it is killed. */
  stop(): Promise<void>;
}

const DRAIN_LIMIT_MS = 20_000;
const READY_LIMIT_MS = 60_000;
const TAIL_LINES = 15;
/** Pino's number for "warn". */
const WARN_LEVEL = 40;
const LEVEL_NAMES = ['warn', 'error', 'fatal'];

/**
 * Starts a service whose whole log goes to a file; warnings and errors are shown as well.
 *
 * It stands in a process group of its own: the terminal's Ctrl-C goes to the process that started it, which then stops the parts
 * in the right order.
 */
export function startServiceChild(name: ServiceName, env: NodeJS.ProcessEnv): ServiceChild {
  mkdirSync(LOGS, { recursive: true });
  const logFile = join(LOGS, `${name}.log`);
  const log = createWriteStream(logFile, { flags: 'w' });
  const tail: string[] = [];
  const child = spawn(process.execPath, [join(DIST, name, 'main.js')], {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const watchdog = child.pid === undefined ? null : watchOver({ pid: child.pid, signal: 'SIGTERM' });
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => {
      log.write(`${line}\n`);
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      const text = toWarning(line);
      if (text !== null) console.error(`${name}: ${text}`);
    });
  }
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      watchdog?.dismiss();
      log.end();
      resolve(signal ?? `exit code ${code ?? '?'}`);
    });
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), DRAIN_LIMIT_MS);
    await exited;
    clearTimeout(timer);
  };
  return { name, logFile, exited, logTail: () => [...tail], stop };
}

/** @throws Error when the service ends first, or is not ready within 60 s. */
export async function waitUntilReady(service: ServiceChild, url: string): Promise<void> {
  const ended = service.exited.then((how) => {
    throw new Error(describeEnd(service, how));
  });
  const limit = Date.now() + READY_LIMIT_MS;
  while (Date.now() < limit) {
    if (await Promise.race([ended, answersReady(url)])) return;
    await Promise.race([ended, delay(50)]);
  }
  ended.catch(() => undefined); // it ends because of the failure below
  throw new Error(
    `${service.name} was not ready within ${READY_LIMIT_MS / 1000} s; its log: ${service.logFile}`,
  );
}

export function describeEnd(service: ServiceChild, how: string): string {
  const lines = service.logTail().map((line) => `  ${line}`);
  return [
    `${service.name} has ended by itself (${how}); the last lines of ${service.logFile}:`,
    ...lines,
  ].join('\n');
}

async function answersReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false; // not listening yet
  }
}

function toWarning(line: string): string | null {
  try {
    const entry = JSON.parse(line) as { level?: unknown; msg?: unknown; err?: { message?: unknown } };
    const { level } = entry;
    const isWarning = typeof level === 'number' ? level >= WARN_LEVEL : LEVEL_NAMES.includes(String(level));
    return isWarning
      ? [entry.msg, entry.err?.message].filter((text) => typeof text === 'string').join(': ')
      : null;
  } catch {
    return line; // not the logger's: a crash, or a warning of Node itself
  }
}
