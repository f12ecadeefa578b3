import { setTimeout as pause } from 'node:timers/promises';

import type { Arming } from './agent-commands.ts';
import type { CrashPointName } from './crash-points.ts';

interface Armed extends Arming {
  passesLeft: number;
}

/** Which points of this process are armed, and what happens there. */
export class ArmedPoints {
  readonly #armed = new Map<CrashPointName, Armed>();
  readonly #report: (point: CrashPointName) => void;

  /** @param report told before the process dies or the call waits; must be done when it returns */
  constructor(report: (point: CrashPointName) => void) {
    this.#report = report;
  }

  arm(point: CrashPointName, arming: Arming): void {
    this.#armed.set(point, { ...arming, passesLeft: arming.nth ?? 1 });
  }

  disarm(point: CrashPointName): void {
    this.#armed.delete(point);
  }

  isArmed(point: CrashPointName): boolean {
    return this.#armed.has(point);
  }

  /** Called by the hooks whenever the code gets there. */
  async pass(point: CrashPointName): Promise<void> {
    const armed = this.#armed.get(point);
    if (!armed) return;
    if (armed.passesLeft > 1) {
      armed.passesLeft -= 1;
      return;
    }
    if (armed.every !== true) this.#armed.delete(point);
    this.#report(point);
    // Not process.exit: no handler may run, and nothing that is buffered may leave.
    if (armed.mode === 'crash') process.kill(process.pid, 'SIGKILL');
    await pause(armed.ms ?? 0);
  }
}
