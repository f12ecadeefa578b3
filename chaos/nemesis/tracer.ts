import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { waitFor } from '../../test/support/wait.ts';
import type { EmbeddedServer } from '../../tools/embedded/embedded-server.interface.ts';
import { childrenOf } from '../../tools/embedded/child-processes.ts';
import { spawnServer } from '../../tools/embedded/server-process.ts';

/** Changes what the system tells the processes of a server. */
export interface Tracer {
  /** Lets go of them. Safe to call when they are gone. @returns how many calls were changed */
  stop(): Promise<number>;
}

const ATTACH_LIMIT_MS = 5000;
const STOP_LIMIT_MS = 3000;
const CHECK_LIMIT_MS = 5000;
const NOBODY = 65_534;
/** A process that goes on for 5 s at most, also when no process ends it. */
const TARGET = 'i=0; while [ "$i" -lt 100 ]; do sleep 0.05; i=$((i + 1)); done';
const CHANGED = /\((INJECTED|DELAYED)\)$/;

let missing: string | null | undefined;

/**
 * Whether strace may do here what {@link traceCalls} needs it for. Found out once, by doing it to a process like those of
 * Postgres: of another user when this is root, and not a child of strace.
 *
 * @returns what is missing, with the remedy; null when nothing is
 */
export function missingTracer(): string | null {
  missing ??= findMissing();
  return missing;
}

function findMissing(): string | null {
  const ids = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const target = spawn('/bin/sh', ['-c', TARGET], { stdio: 'ignore', cwd: '/', ...ids });
  target.on('error', () => undefined);
  target.unref();
  // Its next system call kills it, which is the end of strace as well.
  const args = ['-p', String(target.pid), '-o', '/dev/null', '-e', 'inject=all:signal=KILL'];
  const { error, status, stderr } = spawnSync('strace', args, { encoding: 'utf8', timeout: CHECK_LIMIT_MS });
  target.kill('SIGKILL');
  if (error && 'code' in error && error.code === 'ENOENT')
    return 'there is no strace: on Debian and Ubuntu, sudo apt-get install strace';
  if (!error && status === 0) return null;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  return `strace may not attach (${reason}): be root, with the capability SYS_PTRACE in a container`;
}

/**
 * Has the system treat calls of the server's processes, and of those that it starts from now on, in another way. It ends
 * with this process at the latest, and so does the change.
 *
 * @param calls names of system calls, `['fsync']`
 * @param injection as strace has it, `delay_exit=300000`
 * @throws Error when strace cannot be attached to all of them
 */
export async function traceCalls(
  server: EmbeddedServer,
  calls: readonly string[],
  injection: string,
): Promise<Tracer> {
  const lack = missingTracer();
  if (lack !== null) throw new Error(lack);
  // The server first: what it starts while the others are attached to is followed.
  const pids = [server.pid, ...childrenOf(server.pid)];
  const dir = mkdtempSync(join(tmpdir(), 'customer-broadcast-strace-'));
  const strace = await spawnServer({
    command: 'strace',
    args: [
      '-f',
      ...pids.flatMap((pid) => ['-p', String(pid)]),
      '-e',
      'signal=none',
      ...rule(calls, injection),
    ],
    logFile: join(dir, 'calls.log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_LIMIT_MS,
    temporaryDir: dir,
  });
  const stop = async (): Promise<number> => {
    await strace.stop();
    const changed = strace.logTail(Infinity).filter((line) => CHANGED.test(line)).length;
    rmSync(dir, { recursive: true, force: true });
    return changed;
  };
  try {
    await waitFor(() => pids.every((pid) => isTraced(pid)), {
      timeoutMs: ATTACH_LIMIT_MS,
      intervalMs: 10,
      describe: 'strace to be attached',
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

function rule(calls: readonly string[], injection: string): string[] {
  const names = calls.join(',');
  return ['-e', `trace=${names}`, '-e', `inject=${names}:${injection}`];
}

/** One that has ended meanwhile needs no tracer. */
function isTraced(pid: number): boolean {
  try {
    return !/^TracerPid:\s*0$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
