import { AsyncLocalStorage } from 'node:async_hooks';

/** A process, as far as time goes. */
export interface TimerOwner {
  readonly clock: VirtualClock;
  random(): number;
  /** One of its timers is due. */
  receiveTimer(timer: VirtualTimer): void;
}

/** Whose code runs now. Code outside of any simulated process keeps the real clock. */
export const running = new AsyncLocalStorage<TimerOwner>();

/** 2026-01-01T00:00:00Z */
const BEGINNING_MS = 1_767_225_600_000;

/** What `setTimeout` and `setInterval` return within a simulated process. */
export class VirtualTimer {
  readonly context = AsyncLocalStorage.snapshot();

  constructor(
    readonly owner: TimerOwner,
    readonly callback: () => void,
    public dueAtMs: number,
    /** Null: once. */
    readonly everyMs: number | null,
  ) {}

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** One clock for all processes and both stores. It stands still until it is moved. */
export class VirtualClock {
  nowMs = BEGINNING_MS;
  private readonly timers = new Set<VirtualTimer>();

  add(owner: TimerOwner, callback: () => void, ms: number, repeats: boolean): VirtualTimer {
    const delayMs = Math.max(1, ms || 0);
    const timer = new VirtualTimer(owner, callback, this.nowMs + delayMs, repeats ? delayMs : null);
    this.timers.add(timer);
    return timer;
  }

  cancel(timer: VirtualTimer): void {
    this.timers.delete(timer);
  }

  isPending(timer: VirtualTimer): boolean {
    return this.timers.has(timer);
  }

  cancelAllOf(owner: TimerOwner): void {
    for (const timer of this.timers) if (timer.owner === owner) this.timers.delete(timer);
  }

  /**
   * @returns the timers that are due now, in order. An interval of which several turns were missed comes once, as after a
   *   long block of a real event loop.
   */
  advance(ms: number): VirtualTimer[] {
    this.nowMs += ms;
    const due = [...this.timers].filter((timer) => timer.dueAtMs <= this.nowMs);
    due.sort((a, b) => a.dueAtMs - b.dueAtMs);
    for (const timer of due) if (timer.everyMs !== null) timer.dueAtMs = this.nowMs + timer.everyMs;
    return due;
  }

  /** Its callback runs now. */
  fire(timer: VirtualTimer): void {
    if (!this.timers.has(timer)) return; // cleared after it was due
    if (timer.everyMs === null) this.timers.delete(timer);
    timer.context(timer.callback);
  }
}

type Callback = (...args: unknown[]) => void;

/**
 * Puts the virtual clock, and a random source that follows the seed, under whatever runs in a simulated process. The library
 * takes them from the globals, so the classes run as they are.
 *
 * @returns puts everything back
 */
export function installVirtualTime(): () => void {
  const real = {
    setTimeout: globalThis.setTimeout,
    setInterval: globalThis.setInterval,
    clearTimeout: globalThis.clearTimeout,
    clearInterval: globalThis.clearInterval,
    performance: globalThis.performance,
  };
  const { now } = Date;
  const { random } = Math;

  const add = (repeats: boolean) =>
    function virtual(callback: Callback, ms?: number, ...args: unknown[]): unknown {
      const process = running.getStore();
      if (!process) return (repeats ? real.setInterval : real.setTimeout)(callback, ms, ...args);
      return process.clock.add(process, () => callback(...args), ms ?? 0, repeats);
    };
  const clear = (timer: unknown): void => {
    if (timer instanceof VirtualTimer) timer.owner.clock.cancel(timer);
    else real.clearTimeout(timer as NodeJS.Timeout | undefined);
  };
  replace({
    setTimeout: add(false),
    setInterval: add(true),
    clearTimeout: clear,
    clearInterval: clear,
    performance: { now: () => running.getStore()?.clock.nowMs ?? real.performance.now() },
  });
  Date.now = () => running.getStore()?.clock.nowMs ?? now();
  Math.random = () => running.getStore()?.random() ?? random();
  return () => {
    replace(real);
    Date.now = now;
    Math.random = random;
  };
}

function replace(globals: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: true });
  }
}
