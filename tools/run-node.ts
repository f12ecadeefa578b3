import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { watchOver } from './embedded/watchdog.ts';
import { watchForOrphaning } from './orphan-watch.ts';
import { ROOT } from './paths.ts';

export interface NodeEnd {
  /** 1 when a signal has ended it. */
  readonly code: number;
  /** By a signal, so nothing else is to begin. */
  readonly stopped: boolean;
}

/** Runs Node with these arguments from the root, on this process's own terminal. Resolves when it has ended; it ends with this process. */
export async function runNode(args: readonly string[]): Promise<NodeEnd> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  const watchdog = child.pid === undefined ? null : watchOver({ pid: child.pid, signal: 'SIGKILL' });
  watchForOrphaning(() => child.kill('SIGKILL'));
  const stopping = new AbortController();
  // The terminal's Ctrl-C reaches the child by itself; this process only waits for it. It is killed outright on a signal
  // from elsewhere, as jest does not stop its workers on one. The servers end with those who started them.
  const onSignal = (signal: NodeJS.Signals): void => {
    stopping.abort();
    if (signal !== 'SIGINT') child.kill('SIGKILL');
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return { code: code ?? 1, stopped: stopping.signal.aborted || signal !== null };
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    watchdog?.dismiss();
  }
}
