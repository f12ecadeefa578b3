import { type ExecutionContext, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Redis } from 'ioredis';
import { from, lastValueFrom } from 'rxjs';
import { DataSource } from 'typeorm';
import { BroadcastExpiryRepository } from '../../src/expiry/broadcast-expiry.repository.ts';
import { BroadcastExpiryService } from '../../src/expiry/broadcast-expiry.service.ts';
import { ActiveBroadcastHint } from '../../src/hint/active-broadcast.hint.ts';
import { ActiveBroadcastRepository } from '../../src/check/active-broadcast.repository.ts';
import { BroadcastReplacementService } from '../../src/guard/broadcast-replacement.service.ts';
import { CreateLockService } from '../../src/lock/create-lock.service.ts';
import { CustomerSlotService } from '../../src/check/customer-slot.service.ts';
import type { OnActive } from '../../src/guard/on-active.policy.ts';
import { SingleActiveBroadcast } from '../../src/guard/single-active-broadcast.decorator.ts';
import { SingleActiveBroadcastInterceptor } from '../../src/guard/single-active-broadcast.interceptor.ts';
import type { BroadcastKind } from '../../src/interfaces/broadcast-kind.interface.ts';
import type { OptionsWithRedis } from '../../src/interfaces/customer-broadcast-options.interface.ts';
import { BroadcastKindRegistry } from '../../src/kinds/broadcast-kind.registry.ts';
import { BroadcastInsertRepository } from '../../src/lifecycle/broadcast-insert.repository.ts';
import { BroadcastLifecycleService } from '../../src/lifecycle/broadcast-lifecycle.service.ts';
import { BroadcastRepository } from '../../src/lifecycle/broadcast.repository.ts';
import { Broadcast } from '../../src/lifecycle/broadcast.entity.ts';
import type { LiveFeed } from '../../src/live/live-feed.service.ts';
import { TerminalEventListener } from '../../src/listeners/terminal-event.listener.ts';
import { OutboxRelay } from '../../src/outbox/outbox.relay.ts';
import { OutboxRepository } from '../../src/outbox/outbox.repository.ts';
import { OutboxSignal } from '../../src/outbox/outbox.signal.ts';
import { BatchedInsert } from '../../src/postgres/batched-insert.ts';
import { KeyReconciler } from '../../src/reconcile/key.reconciler.ts';
import type { TestKind } from '../data-source.ts';
import { TEST_LIFE } from '../test-life.ts';
import { Acceptance } from './acceptance.ts';
import type { EventBusStandIn } from './event-bus-stand-in.ts';
import { PostgresPool } from './postgres-session.ts';
import type { NewBroadcast } from './postgres-triggers.ts';
import type { PostgresServer } from './postgres-stand-in.ts';
import { RedisClientStandIn } from './redis-client-stand-in.ts';
import type { RedisServer } from './redis-stand-in.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

/** The live view is not simulated. */
const NOBODY_WATCHES = { hear: () => undefined } as unknown as LiveFeed;

Logger.overrideLogger(false); // every fault is a warning

class Booking extends Broadcast {}
class Order extends Broadcast {}

export const KINDS: Readonly<Record<'booking' | 'order', TestKind>> = {
  booking: {
    name: 'booking',
    table: 'bookings',
    entity: Booking,
    route: '/v1/bookings',
    lifecycle: TEST_LIFE,
  },
  order: { name: 'order', table: 'orders', entity: Order, route: '/v1/orders', lifecycle: TEST_LIFE },
};

export const LOCK_TTL_MS = 10_000;
export const BROADCAST_TIMEOUT_SECONDS = 30;

/** Routes as an application declares them; only their metadata is used. */
class CreateRoutes {
  @SingleActiveBroadcast('booking', { requestMayChoose: ['return', 'replace'] })
  booking(): void {
    // The handler is given with each call.
  }

  @SingleActiveBroadcast('order', { requestMayChoose: ['return', 'replace'] })
  order(): void {
    // The handler is given with each call.
  }
}

export interface StoresOfReplica {
  readonly database: PostgresServer;
  readonly redis: readonly RedisServer[];
  readonly events: EventBusStandIn;
}

/** What is taken out of the classes, to see whether the simulation notices. */
export interface ReplicaSabotage {
  /** A key refuses a create without Postgres being asked. */
  readonly believesKey?: boolean;
  /** A row counts as delivered once it is sent. */
  readonly marksBeforeAcknowledgement?: boolean;
}

interface OpenedBroadcast {
  readonly id: string;
  readonly expiresAt: Date;
}

/** One process of a service: the library's own classes, wired as its module wires them, over stand-ins of the two stores. */
export class Replica {
  readonly listener: TerminalEventListener;
  readonly lifecycle: BroadcastLifecycleService;
  readonly acceptance: Acceptance;
  readonly expiry: BroadcastExpiryService;
  readonly reconciler: KeyReconciler;
  readonly pool: PostgresPool;
  /** Its connections to the Redis of the keys, and to the other nodes of the lock. */
  readonly redis: readonly RedisClientStandIn[];
  private readonly relay: OutboxRelay;
  private readonly interceptor: SingleActiveBroadcastInterceptor;
  private readonly inserts: BatchedInsert<NewBroadcast, OpenedBroadcast>;

  constructor(
    readonly process: SimulatedProcess,
    readonly kind: TestKind,
    world: World,
    { database, redis, events }: StoresOfReplica,
    sabotage: ReplicaSabotage,
  ) {
    this.pool = new PostgresPool(database, process, world);
    const dataSource = dataSourceOver(this.pool);
    this.redis = redis.map((server) => new RedisClientStandIn(server, process, world));
    const clients = this.redis as unknown as readonly Redis[];
    const options = {
      redis: clients[0],
      lockRedis: clients,
      events: events.clientOf(this),
      customer: (context: ExecutionContext) => context.switchToRpc().getData<{ customer: string }>().customer,
      broadcastTimeoutSeconds: BROADCAST_TIMEOUT_SECONDS,
      keyGraceSeconds: 60,
      redisPrefix: '',
      lockTtlMs: LOCK_TTL_MS,
      relayIntervalMs: 2000,
      acknowledgeTimeoutMs: 1000,
      reconcileIntervalMs: 30_000,
      background: true,
    } as unknown as OptionsWithRedis;
    const signal = new OutboxSignal();
    const kinds = new BroadcastKindRegistry();
    kinds.register(kind);
    const hint = new ActiveBroadcastHint(options);
    const actives = new ActiveBroadcastRepository(dataSource);
    const slot = new CustomerSlotService(dataSource, actives);
    if (sabotage.believesKey) believeKey(slot);
    const repository = new BroadcastRepository(dataSource);
    const reflector = new Reflector();
    this.lifecycle = new BroadcastLifecycleService(
      repository,
      new BroadcastInsertRepository(dataSource),
      slot,
      hint,
      signal,
      options,
    );
    this.acceptance = new Acceptance(dataSource, repository, this.lifecycle);
    this.expiry = new BroadcastExpiryService(new BroadcastExpiryRepository(dataSource), signal);
    this.listener = new TerminalEventListener(hint, NOBODY_WATCHES);
    this.reconciler = new KeyReconciler(options, hint, actives);
    this.relay = new OutboxRelay(options, new OutboxRepository(dataSource), repository, kinds, hint, signal);
    if (sabotage.marksBeforeAcknowledgement) markBeforeAcknowledgement(this.relay);
    this.interceptor = new SingleActiveBroadcastInterceptor(
      reflector,
      kinds,
      hint,
      new CreateLockService(options),
      slot,
      new BroadcastReplacementService(dataSource, actives, hint, signal),
      options,
    );
    this.inserts = new BatchedInsert(dataSource, { name: `${kind.table}:insert`, text: '' });
    shareStatements(this.inserts, 'batcher');
  }

  start(reconciles: boolean): void {
    this.relay.onApplicationBootstrap();
    if (reconciles) this.reconciler.onApplicationBootstrap();
  }

  /** A create as it comes over Nest's transport: interceptor, handler. @param newId called per insert */
  async create(customer: string, onActive: OnActive, trucks: number, newId: () => string): Promise<unknown> {
    const handler = routeOf(this.kind);
    const payload = { customer, onActive };
    const context = {
      getHandler: () => handler,
      getType: () => 'rpc',
      switchToRpc: () => ({ getData: () => payload }),
    } as unknown as ExecutionContext;
    const answer = await this.interceptor.intercept(context, {
      handle: () =>
        from(
          this.lifecycle.open(this.kind, customer, () =>
            this.inserts.insert({
              id: newId(),
              customerId: customer,
              trucksNeeded: trucks,
              timeoutMs: BROADCAST_TIMEOUT_SECONDS * 1000,
            }),
          ),
        ),
    });
    return lastValueFrom(answer);
  }
}

function routeOf({ name }: BroadcastKind): unknown {
  return Object.getOwnPropertyDescriptor(CreateRoutes.prototype, name)?.value;
}

/** TypeORM's own data source and driver, which find this pool where they would have made one of `pg`. */
function dataSourceOver(pool: PostgresPool): DataSource {
  const dataSource = new DataSource({ type: 'postgres', driver: {}, logging: false });
  Object.assign(dataSource.driver, { master: pool });
  return dataSource;
}

/** Three customers would hardly ever share an insert if two could be under way. */
function shareStatements(of: object, batcher: string): void {
  Object.assign(Reflect.get(of, batcher) as object, { atOnce: 1 });
}

function believeKey(slot: CustomerSlotService): void {
  slot.refuseIfConfirmed = () => Promise.reject(slot.refusal(null, 'key'));
}

function markBeforeAcknowledgement(relay: OutboxRelay): void {
  const eager = relay as unknown as { deliver: (row: unknown) => Promise<boolean> };
  const deliver = eager.deliver.bind(relay);
  eager.deliver = (row) => {
    void deliver(row);
    return Promise.resolve(true);
  };
}
