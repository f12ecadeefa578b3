import type { Scheduler } from 'fast-check';
import { Actor } from './actor.ts';
import { Deployment, type Sabotage } from './deployment.ts';
import type { Fault, Scenario } from './scenario.ts';
import { World } from './world.ts';

/** More steps than any story needs: who has not come to rest by then never will. */
const MOST_STEPS = 20_000;
/** A lock that nobody releases is over then, and so is every lease and every pause between two tries. */
const REST_MS = 12_000;
const HEALED_JUMP_MS = 1500;

/** Runs one scenario to its end, or to the first broken promise. */
export class Exploration {
  readonly world: World;
  private readonly deployment: Deployment;
  private clockMoves = 0;
  private sinceClock = 0;
  private clockScheduled = false;
  private healed = false;

  constructor(
    scheduler: Scheduler,
    private readonly scenario: Scenario,
    sabotage: Sabotage,
  ) {
    this.world = new World(scheduler);
    this.deployment = new Deployment(this.world, scenario, sabotage);
  }

  /** @throws Violation, with the story in its message */
  async run(): Promise<void> {
    try {
      await this.live();
      await this.comeToRest();
      await this.beginAnew();
    } catch (error) {
      this.world.violation ??= error as Error;
    } finally {
      this.deployment.stop();
    }
    const { violation } = this.world;
    if (!violation) return;
    violation.message = `${violation.message}\n\nWhat happened:\n${this.world.story()}\n`;
    throw violation;
  }

  /** Operations and faults together, until every actor has its answers; whatever stands still then is healed. */
  private async live(): Promise<void> {
    const faults = [...this.scenario.faults];
    let dueAtStep = faults.at(0)?.after ?? 0;
    const actors = this.scenario.actors.map(({ customer, operations }, index) =>
      new Actor(`actor ${index}`, customerName(customer), this.deployment).carryOut(operations),
    );
    await this.until(Promise.all(actors), () => {
      while (faults[0] && this.world.steps >= dueAtStep) {
        this.deployment.strike(faults.shift() as Fault);
        dueAtStep += faults.at(0)?.after ?? 0;
      }
      const lastFault = faults.length === 0 && this.world.steps > dueAtStep + 300;
      if (lastFault) this.heal();
    });
    this.heal();
  }

  private heal(): void {
    if (this.healed) return;
    this.healed = true;
    this.deployment.heal();
  }

  /** After the last fault: events arrive, locks end, and without any repair no key is stale; then it is repaired. */
  private async comeToRest(): Promise<void> {
    const { invariants } = this.deployment;
    await this.while(() => !this.world.idle);
    const restAtMs = this.world.clock.nowMs + REST_MS;
    await this.while(() => this.world.clock.nowMs < restAtMs || invariants.undelivered > 0);
    await this.everybody('expire-due');
    await this.while(() => invariants.undelivered > 0);
    await this.while(() => !this.world.idle);
    if (!this.deployment.redisLostData) invariants.noStaleKeys();
    await this.everybody('reconcile');
    invariants.atRest();
  }

  /** Whatever happened, each customer can cancel and create again at once. */
  private async beginAnew(): Promise<void> {
    for (const customer of new Set(this.scenario.actors.map((actor) => actor.customer))) {
      const name = customerName(customer);
      const actor = new Actor('the customer', name, this.deployment);
      await this.until(actor.ask({ do: 'cancel', age: 0, via: 0 }));
      const again = actor.ask({ do: 'create', kind: 'booking', onActive: 'reject', trucks: 1, via: 0 });
      const outcome = await this.until(again);
      if (outcome === 'died' || 'error' in outcome) this.world.report(`P3: ${name} cannot create again`);
    }
    this.deployment.invariants.atRest();
  }

  private async everybody(what: 'expire-due' | 'reconcile'): Promise<void> {
    const actor = new Actor('the worker', 'everybody', this.deployment);
    if (what === 'reconcile') await this.until(actor.ask({ do: what, via: 0 }));
    else
      for (const kind of ['booking', 'order'] as const)
        await this.until(actor.ask({ do: what, kind, via: 0 }));
  }

  private async until<T>(goal: Promise<T>, before: () => void = () => undefined): Promise<T> {
    let reached = false;
    let result: T | undefined;
    void goal.then((value) => {
      result = value;
      reached = true;
    });
    await Promise.resolve();
    await this.while(() => !reached, before);
    return result as T;
  }

  /**
   * Step by step, as long as it must go on. The clock moves when nothing else can; before everything is healed also in
   * between, however long what is under way takes then.
   */
  private async while(goOn: () => boolean, before: () => void = () => undefined): Promise<void> {
    const { world } = this;
    while (goOn()) {
      before();
      if (world.violation) throw world.violation;
      if (world.steps > MOST_STEPS) throw new Error('P14: it does not come to rest');
      const hurries = !this.healed && this.sinceClock >= this.scenario.pace;
      if ((world.idle || hurries) && !this.clockScheduled) this.scheduleClock();
      this.sinceClock++;
      await world.step();
    }
    if (world.violation) throw world.violation;
  }

  private scheduleClock(): void {
    const { jumpsMs } = this.scenario;
    const ms = this.healed ? HEALED_JUMP_MS : jumpsMs[this.clockMoves++ % jumpsMs.length]!;
    this.clockScheduled = true;
    this.world.schedule(`the clock moves by ${ms} ms`, () => {
      this.clockScheduled = false;
      this.sinceClock = 0;
      for (const timer of this.world.clock.advance(ms)) timer.owner.receiveTimer(timer);
    });
  }
}

function customerName(customer: number): string {
  return `c${customer}`;
}
