import { spawn } from 'node:child_process';

export interface Watchdog {
  /** Call it when the watched process has ended; the watchdog ends without doing anything. */
  dismiss(): void;
}

export interface WatchdogOptions {
  readonly pid: number;
  /** What the process is sent first when this one has died. */
  readonly signal: NodeJS.Signals;
  /** Removed once the watched process is gone. */
  readonly temporaryDir?: string | undefined;
}

/**
 * The end of standard input is the news that the starter is gone, whatever killed it. A shell, because one stands
 * beside every server that is started: it costs a millisecond and a megabyte.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT
if read -r dismissed; then exit 0; fi
kill -s "$2" "$1" 2>/dev/null
waited=0
while kill -0 "$1" 2>/dev/null && [ "$waited" -lt 50 ]; do sleep 0.1; waited=$((waited + 1)); done
kill -s KILL "$1" 2>/dev/null
if [ -n "$3" ]; then rm -rf -- "$3"; fi
`;

/**
 * Ends the process when this one dies, by `kill -9` too: it is sent `signal`, and SIGKILL 5 s later.
 *
 * A detached process does not hear of the terminal or of its parent, so without this a crash would leave it running.
 */
export function watchOver({ pid, signal, temporaryDir }: WatchdogOptions): Watchdog {
  const name = signal.replace(/^SIG/, '');
  const watcher = spawn('/bin/sh', ['-c', SCRIPT, 'watchdog', String(pid), name, temporaryDir ?? ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  watcher.on('error', () => undefined); // no shell: the process runs unwatched, which is no reason not to run it
  watcher.stdin.on('error', () => undefined); // it was ended from outside
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
  return {
    dismiss: () => watcher.stdin.end('dismissed\n'),
  };
}
