import { isActive, type PostgresServer } from './postgres-stand-in.ts';
import type { BroadcastRow } from './postgres-tables.ts';
import { KEY, LOCK, type RedisServer } from './redis-stand-in.ts';
import type { World } from './world.ts';

/** A create from its request to its answer. */
export interface CreateCall {
  readonly customer: string;
  readonly begunAtStep: number;
  readonly begunAtMs: number;
  /** Every id that it tried to insert. */
  readonly ids: string[];
  endedAtStep: number | null;
}

interface Life {
  readonly row: BroadcastRow;
  endedAtStep: number | null;
}

/** What must hold at every step. It looks at what is committed, and at what the servers do. */
export class Invariants {
  readonly creates: CreateCall[] = [];
  private readonly lives = new Map<string, Life>();
  private readonly acknowledged = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly database: PostgresServer,
    private readonly redis: readonly RedisServer[],
    private readonly slotsKept: boolean,
    private readonly heard: ReadonlySet<string>,
  ) {
    database.onCommit = (rows) => {
      this.afterCommit(rows);
      this.delivered();
    };
    for (const server of redis) {
      server.onDelete = (key, value, asOwner) => this.beforeDelete(key, value, asOwner);
    }
  }

  /** P1, P6: one active row, and the slot is its. */
  private afterCommit(rows: readonly BroadcastRow[]): void {
    for (const row of rows) {
      const life = this.lives.get(row.id);
      if (!life) this.lives.set(row.id, { row, endedAtStep: isActive(row) ? null : this.world.steps });
      else if (!isActive(row)) life.endedAtStep ??= this.world.steps;
      const active = this.database.activeRows().filter(({ customerId }) => customerId === row.customerId);
      if (active.length > 1)
        this.world.report(`P1: ${row.customerId} has ${active.map(nameOf).join(' and ')} active`);
      if (!this.slotsKept) continue;
      const slot = this.database.committed.slots.get(row.customerId);
      if (slot?.id !== active[0]?.id)
        this.world.report(`P6: the slot of ${row.customerId} is ${slot?.id ?? 'free'}`);
    }
  }

  /** P9: who deletes acts for the broadcast, or the create, that the value names. */
  private beforeDelete(key: string, value: string, asOwner: string): void {
    if (value !== asOwner) this.world.report(`P9: ${key} held ${value} and was deleted for ${asOwner}`);
    if (!key.startsWith(KEY)) return;
    const row = this.database.committed.broadcasts.get(value.split(':')[1] ?? '');
    if (isActive(row) && row.expiresAtMs > this.world.clock.nowMs) {
      this.world.report(`P9: ${key} was deleted while ${nameOf(row)} is active`);
    }
  }

  begin(customer: string): CreateCall {
    const { steps, clock } = this.world;
    const call: CreateCall = {
      customer,
      begunAtStep: steps,
      begunAtMs: clock.nowMs,
      ids: [],
      endedAtStep: null,
    };
    this.creates.push(call);
    return call;
  }

  /** P8: what is acknowledged is there. */
  created(call: CreateCall, id: string): void {
    call.endedAtStep = this.world.steps;
    this.acknowledged.add(id);
    if (!this.database.committed.broadcasts.has(id))
      this.world.report(`P8: ${id} was acknowledged and is not there`);
  }

  /** P2 and P8: a refusal is true, and leaves nothing. @param active what it names */
  refused(call: CreateCall, active: { readonly id: string } | null): void {
    call.endedAtStep = this.world.steps;
    const left = call.ids.find((id) => this.database.committed.broadcasts.has(id));
    if (left !== undefined) this.world.report(`P8: a refused create left ${left}`);
    if (active) this.requireTrue(call, active.id);
    else if (!this.sawAnotherCreate(call)) this.world.report(`P2: ${call.customer} was refused for nothing`);
  }

  private requireTrue(call: CreateCall, id: string): void {
    const life = this.lives.get(id);
    if (!life)
      this.world.report(`P2: ${call.customer} was refused because of ${id}, which was never committed`);
    else if (life.endedAtStep !== null && life.endedAtStep < call.begunAtStep) {
      this.world.report(
        `P2: ${call.customer} was refused because of ${id}, which had ended before the request`,
      );
    } else if (life.row.expiresAtMs <= call.begunAtMs) {
      this.world.report(
        `P4: ${call.customer} was refused because of ${id}, which was overdue before the request`,
      );
    }
  }

  /** Another create of the customer was in flight, or the lock of one that died was still there. */
  private sawAnotherCreate(call: CreateCall): boolean {
    const overlaps = this.creates.some(
      (other) =>
        other !== call &&
        other.customer === call.customer &&
        (other.endedAtStep === null || other.endedAtStep >= call.begunAtStep),
    );
    return (
      overlaps ||
      this.redis.some(({ locksSeen }) => {
        const lock = locksSeen.get(LOCK + call.customer);
        if (!lock || lock.endsAtMs <= call.begunAtMs) return false;
        return lock.deletedAtStep === null || lock.deletedAtStep >= call.begunAtStep;
      })
    );
  }

  /** P2, without any help of the reconciler: no key names what has ended, as long as Redis loses nothing. */
  noStaleKeys(): void {
    for (const [key, value] of this.keys()) {
      const row = this.database.committed.broadcasts.get(value.split(':')[1] ?? '');
      if (!isActive(row)) this.world.report(`P2: ${key} still names ${value}, which has ended`);
    }
  }

  /** P2 and P9 after the reconciler: the keys are the active rows whose deadline is to come. P8: nothing that was acknowledged is gone. */
  atRest(): void {
    const keys = this.keys().map(([key, value]) => `${key.slice(KEY.length)} ${value}`);
    const onAir = this.database
      .activeRows()
      .filter(({ expiresAtMs }) => expiresAtMs > this.world.clock.nowMs);
    const rows = onAir.map((row) => `${row.customerId} ${row.kind}:${row.id}`);
    if (keys.sort().join() !== rows.sort().join())
      this.world.report(`P2: keys ${keys.join()} differ from rows ${rows.join()}`);
    for (const id of this.acknowledged) {
      if (!this.database.committed.broadcasts.has(id))
        this.world.report(`P8: ${id} was acknowledged and is gone`);
    }
  }

  /** P7: what counts as delivered was heard, each broadcast's events in their order. */
  private delivered(): void {
    for (const event of this.database.committed.outbox.values()) {
      if (event.deliveredAtMs !== null && !this.heard.has(event.eventId)) {
        this.world.report(`P7: ${event.eventId} counts as delivered, and nobody has heard it`);
      }
    }
  }

  /** P7: an event is heard for the first time after all earlier ones of its broadcast. */
  heardInOrder(eventId: string): void {
    if (this.heard.has(eventId)) return;
    const events = [...this.database.committed.outbox.values()];
    const event = events.find((other) => other.eventId === eventId);
    const missed = events.find(
      (other) =>
        other.broadcastId === event?.broadcastId && other.id < event.id && !this.heard.has(other.eventId),
    );
    if (missed) this.world.report(`P7: ${eventId} was heard before ${missed.eventId}`);
  }

  get undelivered(): number {
    return [...this.database.committed.outbox.values()].filter(({ deliveredAtMs }) => deliveredAtMs === null)
      .length;
  }

  private keys(): [string, string][] {
    return this.redis.flatMap((server) =>
      server.keys(KEY).map((key): [string, string] => [key, server.get(key) ?? '']),
    );
  }
}

function nameOf({ kind, id }: BroadcastRow): string {
  return `${kind} ${id.slice(-2)}`;
}
