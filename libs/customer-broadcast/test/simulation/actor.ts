import { ActiveBroadcastExistsException } from '../../src/exceptions/active-broadcast-exists.exception.ts';
import { CustomerBroadcastException } from '../../src/exceptions/customer-broadcast.exception.ts';
import type { Deployment } from './deployment.ts';
import { type KINDS, type Replica } from './replica.ts';
import type { Operation } from './scenario.ts';

type Outcome = { readonly value: unknown } | { readonly error: unknown } | 'died';

/** Somebody who asks for one thing after the other, and waits for each answer; or hears that the process has died. */
export class Actor {
  constructor(
    private readonly name: string,
    private readonly customer: string,
    private readonly deployment: Deployment,
  ) {}

  async carryOut(operations: readonly Operation[]): Promise<void> {
    for (const operation of operations) await this.ask(operation);
  }

  async ask(operation: Operation): Promise<Outcome> {
    switch (operation.do) {
      case 'create':
        return this.create(operation);
      case 'expire-due':
        return this.send(operation, operation.kind, (on) => on.expiry.expireDue(on.kind));
      case 'reconcile':
        return this.send(operation, null, (on) => on.reconciler.reconcile());
      case 'cancel':
      case 'accept':
      case 'dispatched': {
        const target = this.latest(operation.do === 'dispatched' ? 0 : operation.age);
        if (!target) return { value: null };
        return this.send(operation, target.kind, (on) => this.step(on, target.id, operation));
      }
    }
  }

  private async create(operation: Extract<Operation, { do: 'create' }>): Promise<Outcome> {
    const { invariants } = this.deployment;
    const call = invariants.begin(this.customer);
    const newId = (): string => {
      const id = this.deployment.newId();
      call.ids.push(id);
      return id;
    };
    const { onActive, trucks, kind } = operation;
    const outcome = await this.send(operation, kind, (on) =>
      on.create(this.customer, onActive, trucks, newId),
    );
    if (outcome === 'died') return outcome; // its create may go on to be carried out: it stays in flight
    if ('error' in outcome) {
      if (outcome.error instanceof ActiveBroadcastExistsException)
        invariants.refused(call, outcome.error.activeBroadcast);
      else call.endedAtStep = this.deployment.world.steps;
      return outcome;
    }
    const { id } = outcome.value as { id: string };
    if (call.ids.includes(id)) invariants.created(call, id);
    else invariants.refused(call, { id });
    return outcome;
  }

  private step(on: Replica, id: string, operation: Operation): Promise<void> {
    if (operation.do === 'cancel') {
      const { customer } = this;
      return on.lifecycle.step(on.kind, id, 'cancel', { by: customer, ownedBy: customer });
    }
    if (operation.do === 'accept') return on.acceptance.accept(on.kind, id, this.name, operation.trucks);
    return on.lifecycle.step(on.kind, id, 'report', { by: 'd' });
  }

  /** What the customer sees in its list; the newest first. */
  private latest(age: number): { readonly kind: keyof typeof KINDS; readonly id: string } | undefined {
    const rows = [...this.deployment.database.committed.broadcasts.values()];
    const row = rows.filter(({ customerId }) => customerId === this.customer).at(-1 - age);
    return row && { kind: row.kind as keyof typeof KINDS, id: row.id };
  }

  private async send(
    operation: Operation,
    kind: keyof typeof KINDS | null,
    work: (on: Replica) => Promise<unknown>,
  ): Promise<Outcome> {
    const { world } = this.deployment;
    const on = this.deployment.pick(kind, operation.via);
    const what = `${operation.do} of ${this.customer} by ${this.name}`;
    const answer = new Promise<Outcome>((resolve) => {
      on.process.receive(
        `is asked for ${what}${'onActive' in operation ? ` (${operation.onActive})` : ''}`,
        () => {
          work(on).then(
            (value) => resolve({ value }),
            (error: unknown) => resolve({ error }),
          );
        },
      );
    });
    const outcome = await Promise.race([answer, on.process.death.then((): Outcome => 'died')]);
    world.note(`${what}: ${textOf(outcome)}`);
    if (outcome !== 'died' && 'error' in outcome && !isExpected(outcome.error)) {
      world.violation ??= outcome.error as Error;
    }
    return outcome;
  }
}

function textOf(outcome: Outcome): string {
  if (outcome === 'died') return 'no answer, the process is dead';
  if ('error' in outcome)
    return `refused, ${outcome.error instanceof Error ? outcome.error.message : String(outcome.error)}`;
  return `done${outcome.value === undefined ? '' : `, ${JSON.stringify(outcome.value)}`}`;
}

/** A refusal with a code, or a store that was away: everything else is a bug of the library or of the simulation. */
function isExpected(error: unknown): boolean {
  if (error instanceof CustomerBroadcastException) return true;
  if (!(error instanceof Error)) return false;
  return (
    /^(Connection|Client has|Command timed out|Stream|Redis for)/.test(error.message) ||
    error.name === 'BrokenCircuitError' ||
    (error as Partial<{ code: string }>).code === '40P01'
  );
}
