import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { watchOver } from './watchdog.ts';

export interface ServerProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Both outputs are written there, from its start on. */
  readonly logFile: string;
  /** The signal that asks for an orderly end. */
  readonly stopSignal: NodeJS.Signals;
  /** Milliseconds until `stop` goes on to SIGKILL. @default 15000 */
  readonly stopTimeoutMs?: number | undefined;
  /** Removed when this process dies without stopping the server. */
  readonly temporaryDir?: string | undefined;
}

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the process has ended, never rejects. */
  readonly exited: Promise<ServerExit>;
  hasExited(): boolean;
  /** The last lines of the log, oldest first. */
  logTail(lines?: number): string[];
  /** Sends the signal. Resolves when the process has ended, for SIGSTOP and SIGCONT at once. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Orderly end, then SIGKILL. Safe to call twice and on a process that was killed or paused. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 15_000;

/**
 * Starts a server in a process group of its own, so that Ctrl-C in the terminal does not reach it before its
 * users have stopped; it ends with this process at the latest.
 *
 * @throws Error when the command cannot be run.
 */
export async function spawnServer(options: ServerProcessOptions): Promise<ServerProcess> {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'w', 0o600);
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    uid: options.uid,
    gid: options.gid,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid!));
  });
  const watchdog = watchOver({ pid, signal: options.stopSignal, temporaryDir: options.temporaryDir });
  const exited = new Promise<ServerExit>((resolve) => {
    child.once('exit', (code, signal) => {
      watchdog.dismiss();
      resolve({ code, signal });
    });
  });
  child.unref();
  return toServerProcess(child, pid, exited, options);
}

function toServerProcess(
  child: ChildProcess,
  pid: number,
  exited: Promise<ServerExit>,
  options: ServerProcessOptions,
): ServerProcess {
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const send = (signal: NodeJS.Signals): void => {
    if (!hasExited()) child.kill(signal);
  };
  const waitForExit = async (): Promise<void> => {
    if (hasExited()) return;
    child.ref(); // unreferenced, it would let this process end while it waits
    await exited;
  };
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    send(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await waitForExit();
  };
  const stop = async (): Promise<void> => {
    send(options.stopSignal);
    send('SIGCONT'); // a paused process acts on no signal but SIGKILL
    const timer = setTimeout(() => send('SIGKILL'), options.stopTimeoutMs ?? STOP_TIMEOUT_MS);
    await waitForExit();
    clearTimeout(timer);
  };
  const logTail = (lines = 20): string[] =>
    readFileSync(options.logFile, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-lines);
  return { pid, exited, hasExited, logTail, kill, stop };
}
