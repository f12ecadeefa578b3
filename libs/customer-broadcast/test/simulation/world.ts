import type { Scheduler } from 'fast-check';
import { setImmediate } from 'node:timers';
import { VirtualClock } from './virtual-clock.ts';

/** A promise is broken; the message says which and how. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

const READY = Promise.resolve();
const MOVES_SHOWN = 400;

/**
 * What all processes and stores of one run have in common: the scheduler, the clock, and what happened so far.
 *
 * This folder is the one place of the repository where a store is simulated: a scheduler that can repeat an order of events
 * must own every wait, and a real server does not let it. The library's classes, TypeORM and redlock are the real ones.
 *
 * @see docs/decisions/0009-simulate-with-the-real-classes.md
 */
export class World {
  readonly clock = new VirtualClock();
  /** In words, oldest first. */
  readonly trace: string[] = [];
  steps = 0;
  violation: Error | null = null;

  constructor(private readonly scheduler: Scheduler) {}

  get idle(): boolean {
    return this.scheduler.count() === 0;
  }

  /** Lets something happen at a step of the scheduler's choice. */
  schedule(label: string, effect: () => void): void {
    void this.scheduler.schedule(READY, label).then(() => {
      this.trace.push(label);
      this.attempt(effect);
    });
  }

  /** Adds a remark to the step that goes on. */
  note(text: string): void {
    this.trace.push(`    ${text}`);
  }

  /** Breaks off the run. Never throws into the code under test, which might catch it. */
  report(message: string): void {
    this.violation ??= new Violation(message);
  }

  attempt(effect: () => void): void {
    try {
      effect();
    } catch (error) {
      this.violation ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  /** One step: one thing that was scheduled happens, and all code runs that can go on because of it. */
  async step(): Promise<void> {
    this.steps++;
    await this.scheduler.waitNext(1);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The end of the trace, numbered. */
  story(): string {
    const from = Math.max(0, this.trace.length - MOVES_SHOWN);
    const lines = this.trace
      .slice(from)
      .map((text, index) => `${String(from + index + 1).padStart(5)}  ${text}`);
    return (from > 0 ? [`  (${from} lines before)`, ...lines] : lines).join('\n');
  }
}
