import { parentOf, programOf } from './process-state.ts';

const POLL_MS = 500;
const SHELLS = /^(sh|dash|bash|ash|zsh)$/;

/**
 * Calls back once when the npm that runs this script is gone. npm starts a script through a shell; a signal that ends
 * npm or that shell does not reach the script, which would run on unseen.
 *
 * Started by hand (`node tools/start.ts &`) a script may outlive its shell, so nothing is watched then.
 */
export function watchForOrphaning(callback: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const viaShell = SHELLS.test(programOf(parent) ?? '');
  const grandparent = viaShell ? parentOf(parent) : null;
  const timer = setInterval(() => {
    if (process.ppid === parent && (grandparent === null || parentOf(parent) === grandparent)) return;
    clearInterval(timer);
    callback();
  }, POLL_MS);
  timer.unref();
}
