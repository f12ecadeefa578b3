import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { firstValueFrom, timeout } from 'rxjs';
import { RESOLVED_OPTIONS, SYSTEM_ACTORS } from '../customer-broadcast.constants.ts';
import { metrics } from '../customer-broadcast.metrics.ts';
import { ActiveBroadcastHint } from '../hint/active-broadcast.hint.ts';
import {
  BROADCAST_OPENED,
  BROADCAST_TERMINAL,
  type BroadcastEvent,
} from '../interfaces/broadcast-events.interface.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { BroadcastKindRegistry } from '../kinds/broadcast-kind.registry.ts';
import { BroadcastRepository } from '../lifecycle/broadcast.repository.ts';
import { BackgroundLoop } from '../postgres/background.loop.ts';
import { OutboxRepository, type OutboxRow } from './outbox.repository.ts';
import { OutboxSignal } from './outbox.signal.ts';

/** Rows in flight at once: enough to keep up with creates at full speed, few enough to be acknowledged within one lease. */
const BATCH_SIZE = 200;

/** The same behind a batch of a drain, so that a request waits less for the next. */
const DRAIN_BATCH_SIZE = 50;

/**
 * From the begin of one batch to the next at least, unless it was full: under load some events are delivered together, each
 * statement for several, and the first of a quiet time at once.
 */
const REST_MS = 10;

/** What a lease is longer than an acknowledgement may take; a relay that died keeps its rows for no longer. */
const LEASE_MARGIN_MS = 2000;

/** How many events were claimed, how many of them are done with, and whether a drain has left most of them. */
interface Batch {
  readonly claimed: number;
  readonly delivered: number;
  readonly ofDrain: boolean;
}

/**
 * Work on broadcasts whose opening was just heard, and whose kinds' opening step, if they have one, was made.
 *
 * @returns those with which it could not deal, as another transaction has them locked; their events are delivered again
 * @throws an error by which the events of all of them are delivered again
 * @publicApi
 */
export type OpeningWork = (kind: BroadcastKind, ids: readonly string[]) => Promise<readonly string[]>;

/**
 * Delivers the outbox over Nest's Redis transport, at least once and those of one broadcast in sequence. The only file that sends
 * events. A row counts as delivered when a listener has replied, because a publish succeeds with nobody there.
 *
 * @see docs/decisions/0003-delivery.md
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, OnModuleDestroy {
  private openingWork: OpeningWork = () => Promise.resolve([]);
  private readonly loop: BackgroundLoop;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly outbox: OutboxRepository,
    private readonly broadcasts: BroadcastRepository,
    private readonly kinds: BroadcastKindRegistry,
    private readonly hint: ActiveBroadcastHint,
    private readonly signal: OutboxSignal,
  ) {
    this.loop = new BackgroundLoop(
      'Outbox relay',
      new Logger(OutboxRelay.name),
      options.relayIntervalMs,
      () => this.drain(),
      REST_MS,
    );
  }

  /**
   * From now on this is done with each batch of openings before it counts as delivered: a process that dies in between has both
   * repeated. Call it in `onModuleInit`, before the relay starts; a second call takes the place of the first.
   */
  afterOpening(work: OpeningWork): void {
    this.openingWork = work;
  }

  onApplicationBootstrap(): void {
    if (!this.options.background || this.kinds.list().length === 0) return;
    this.signal.committed.subscribe(() => this.loop.wake());
    this.hint.breaker.recovered.subscribe(() => this.loop.wake());
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /**
   * Delivers until less than a batch is due, and looks again after the rest: what follows in the same broadcast may be due now.
   * Behind a full batch of a drain it rests as long as that took, and takes less: requests share this process with a backlog of a
   * million, and the key of a broadcast that has expired goes by itself. Behind any other it does not rest, so that it keeps up with
   * creates at full speed. A batch of which nothing was acknowledged ends it. With Redis away it does not even claim, so that
   * nothing waits out a pause later.
   */
  private async drain(): Promise<void> {
    let size = BATCH_SIZE;
    while (this.hint.breaker.healthy) {
      const batchAtMs = performance.now();
      const { claimed, delivered, ofDrain } = await this.deliverBatch(size);
      if (claimed < size || delivered === 0) {
        if (delivered > 0) this.loop.wake();
        return;
      }
      if (ofDrain) await pause(performance.now() - batchAtMs);
      if (this.loop.stopping) return;
      size = ofDrain ? DRAIN_BATCH_SIZE : BATCH_SIZE;
    }
  }

  private async deliverBatch(size: number): Promise<Batch> {
    const token = randomUUID();
    const names = this.kinds.list().map(({ name }) => name);
    const leaseMs = this.options.acknowledgeTimeoutMs + LEASE_MARGIN_MS;
    const rows = await this.outbox.claim(names, token, leaseMs, size);
    if (rows.length === 0) return { claimed: 0, delivered: 0, ofDrain: false };

    const acknowledged = await Promise.all(rows.map((row) => this.deliver(row)));
    const heard = rows.filter((_, index) => acknowledged[index]);
    metrics.delivered.inc({ outcome: 'acknowledged' }, heard.length);
    metrics.delivered.inc({ outcome: 'unacknowledged' }, rows.length - heard.length);
    // First the status, then the mark: whoever dies in between repeats both, and the first one has no second effect.
    const left = await this.makeOpeningSteps(heard);
    const delivered = heard.filter(({ type, broadcastId }) => type !== 'opened' || !left.has(broadcastId));
    const again = rows.filter((row) => !delivered.includes(row));
    if (delivered.length > 0) await this.outbox.markDelivered(idsOf(delivered), token);
    if (again.length > 0) await this.outbox.release(idsOf(again), token);
    const expired = new Map(this.kinds.list().map(({ name, lifecycle }) => [name, lifecycle.expired]));
    const ofDrain = rows.filter(({ kind, status }) => status === expired.get(kind));
    return {
      claimed: rows.length,
      delivered: delivered.length,
      ofDrain: ofDrain.length > rows.length / 2,
    };
  }

  /** @returns whether a listener has acknowledged it */
  private async deliver(row: OutboxRow): Promise<boolean> {
    const pattern = row.type === 'opened' ? BROADCAST_OPENED : BROADCAST_TERMINAL;
    const event: BroadcastEvent = {
      eventId: row.eventId,
      kind: row.kind,
      broadcastId: row.broadcastId,
      customerId: row.customerId,
      status: row.status,
      occurredAt: row.occurredAt.toISOString(),
    };
    const reply = this.options.events
      .send<unknown, BroadcastEvent>(pattern, event)
      .pipe(timeout(this.options.acknowledgeTimeoutMs));
    return firstValueFrom(reply).then(
      () => true,
      () => false, // counted, released with a pause, tried again
    );
  }

  /** @returns the broadcasts that another transaction has locked, so that they are to make their step later */
  private async makeOpeningSteps(heard: readonly OutboxRow[]): Promise<ReadonlySet<string>> {
    const left = new Set<string>();
    for (const kind of this.kinds.list()) {
      const ids = heard
        .filter((row) => row.type === 'opened' && row.kind === kind.name)
        .map((row) => row.broadcastId);
      if (ids.length === 0) continue;
      for (const id of await this.open(kind, ids)) left.add(id);
      for (const id of await this.openingWork(kind, ids)) left.add(id);
    }
    return left;
  }

  private async open(kind: BroadcastKind, ids: readonly string[]): Promise<readonly string[]> {
    const { initial, opens } = kind.lifecycle;
    if (opens === undefined) return [];
    const { to } = kind.lifecycle.step(opens);
    const step = { from: initial, to, by: SYSTEM_ACTORS.relay };
    const { made, left } = await this.broadcasts.transitionMany(kind, step, ids);
    metrics.transitions.inc({ kind: kind.name, to }, made.length);
    return left;
  }
}

function idsOf(rows: readonly OutboxRow[]): string[] {
  return rows.map(({ id }) => id);
}
