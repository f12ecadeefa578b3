import { AsyncLocalStorage } from 'node:async_hooks';
import { running, type TimerOwner, type VirtualClock, type VirtualTimer } from './virtual-clock.ts';
import type { World } from './world.ts';

const outside = AsyncLocalStorage.snapshot();

/**
 * One operating system process. Nothing in it moves unless it receives something: a reply, a message, a timer that is due.
 * So a pause keeps back what it receives, and a death drops it.
 */
export class SimulatedProcess implements TimerOwner {
  readonly clock: VirtualClock;
  /** Resolves when it has died; for clients that wait for its answer. */
  readonly death: Promise<void>;
  /** What its death closes: connections. */
  readonly onDeath: (() => void)[] = [];
  private state: 'running' | 'paused' | 'dead' = 'running';
  private readonly keptBack: (() => void)[] = [];
  private readonly dueTimers: VirtualTimer[] = [];
  private died: () => void = () => undefined;
  private randomState: number;

  constructor(
    readonly name: string,
    private readonly world: World,
    seed: number,
  ) {
    this.clock = world.clock;
    this.randomState = seed;
    this.death = new Promise((resolve) => (this.died = resolve));
  }

  get dead(): boolean {
    return this.state === 'dead';
  }

  /** From 0 to 1, the same sequence for the same seed. */
  random(): number {
    this.randomState = (Math.imul(this.randomState, 1_664_525) + 1_013_904_223) >>> 0;
    return this.randomState / 2 ** 32;
  }

  /** Runs code of this process now, with nothing around it that the caller may be in. */
  enter<T>(action: () => T): T {
    return outside(() => running.run(this, action));
  }

  /** Something comes in, at a step of the scheduler. */
  receive(what: string, action: () => void): void {
    if (this.dead) return;
    this.world.schedule(`${this.name}: ${what}`, () => {
      if (this.dead) return;
      if (this.state === 'paused') this.keptBack.push(() => this.receive(what, action));
      else this.enter(action);
    });
  }

  /** Timers that are due together fire in their order, as those of one event loop do. */
  receiveTimer(timer: VirtualTimer): void {
    if (this.dueTimers.includes(timer)) return;
    this.dueTimers.push(timer);
    this.receive('a timer is due', () => {
      const next = this.dueTimers.shift();
      if (next) this.clock.fire(next);
    });
  }

  pause(): void {
    if (this.state === 'running') this.state = 'paused';
  }

  resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'running';
    for (const deliver of this.keptBack.splice(0)) deliver();
  }

  kill(): void {
    this.state = 'dead';
    this.clock.cancelAllOf(this);
    for (const close of this.onDeath) close();
    this.died();
  }
}
