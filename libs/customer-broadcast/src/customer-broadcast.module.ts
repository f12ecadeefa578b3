import { type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ActiveBroadcastHint } from './hint/active-broadcast.hint.ts';
import { ActiveBroadcastRepository } from './check/active-broadcast.repository.ts';
import { CancelLinks } from './check/cancel-links.ts';
import { BroadcastReplacementService } from './guard/broadcast-replacement.service.ts';
import { hintProvider } from './hint/hint.providers.ts';
import { lockProvider } from './lock/lock.providers.ts';
import { CreateLockService } from './lock/create-lock.service.ts';
import { CustomerSlotService } from './check/customer-slot.service.ts';
import { SingleActiveBroadcastInterceptor } from './guard/single-active-broadcast.interceptor.ts';
import { RESOLVED_OPTIONS } from './customer-broadcast.constants.ts';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './customer-broadcast.module-definition.ts';
import { resolveOptions } from './customer-broadcast.options.ts';
import { BroadcastExpiryRepository } from './expiry/broadcast-expiry.repository.ts';
import { BroadcastExpiryService } from './expiry/broadcast-expiry.service.ts';
import { GuardedHandlersExplorer } from './guard/guarded-handlers.explorer.ts';
import { IDEMPOTENCY_OPTIONS, type IdempotencyOptions } from './idempotency/idempotency.options.ts';
import { idempotencyExports, idempotencyProviders } from './idempotency/idempotency.providers.ts';
import type { ResolvedOptions } from './interfaces/customer-broadcast-options.interface.ts';
import type { GuardedKind } from './interfaces/broadcast-kind.interface.ts';
import { BroadcastHistoryRepository } from './lifecycle/broadcast-history.repository.ts';
import { BroadcastKindRegistry } from './kinds/broadcast-kind.registry.ts';
import { BroadcastInsertRepository } from './lifecycle/broadcast-insert.repository.ts';
import { BroadcastLifecycleService } from './lifecycle/broadcast-lifecycle.service.ts';
import { BroadcastReaderService } from './lifecycle/broadcast-reader.service.ts';
import { BroadcastRepository } from './lifecycle/broadcast.repository.ts';
import { LiveFeed } from './live/live-feed.service.ts';
import { LiveHistoryRepository } from './live/live-history.repository.ts';
import { LiveViewService } from './live/live-view.service.ts';
import { TerminalEventListener } from './listeners/terminal-event.listener.ts';
import { OutboxRelay } from './outbox/outbox.relay.ts';
import { OutboxRepository } from './outbox/outbox.repository.ts';
import { OutboxSignal } from './outbox/outbox.signal.ts';
import { KeptPlansWorker } from './postgres/kept-plans.worker.ts';
import { KeyReconciler } from './reconcile/key.reconciler.ts';
import { RetentionPruner } from './retention/retention.pruner.ts';
import { RetentionRepository } from './retention/retention.repository.ts';

const PUBLIC = [
  BroadcastExpiryService,
  BroadcastKindRegistry,
  BroadcastLifecycleService,
  BroadcastReaderService,
  KeyReconciler,
  LiveFeed,
  LiveViewService,
  OutboxRelay,
  // What the decorators need in the modules of the handlers.
  ...idempotencyExports,
  SingleActiveBroadcastInterceptor,
  ActiveBroadcastHint,
  BroadcastReplacementService,
  CreateLockService,
  CustomerSlotService,
  RESOLVED_OPTIONS,
];

/**
 * One active broadcast per customer, over all registered kinds. Import `forRoot` or `forRootAsync` once, in the root
 * module, beside TypeORM's and the scheduler's; and `forFeature` in the module of each kind.
 *
 * @example
 * CustomerBroadcastModule.forRootAsync({ inject: [REDIS], useFactory: (redis) => ({ redis, events, customer }) })
 * @publicApi
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: RESOLVED_OPTIONS, useFactory: resolveOptions, inject: [MODULE_OPTIONS_TOKEN] },
    {
      provide: IDEMPOTENCY_OPTIONS,
      useFactory: ({ caller, background }: ResolvedOptions): IdempotencyOptions => ({ caller, background }),
      inject: [RESOLVED_OPTIONS],
    },
    GuardedHandlersExplorer,
    hintProvider,
    ActiveBroadcastRepository,
    BroadcastExpiryRepository,
    BroadcastExpiryService,
    BroadcastHistoryRepository,
    BroadcastInsertRepository,
    BroadcastKindRegistry,
    BroadcastLifecycleService,
    BroadcastReaderService,
    BroadcastReplacementService,
    BroadcastRepository,
    CancelLinks,
    lockProvider,
    CustomerSlotService,
    ...idempotencyProviders,
    KeptPlansWorker,
    KeyReconciler,
    LiveFeed,
    LiveHistoryRepository,
    LiveViewService,
    OutboxRelay,
    OutboxRepository,
    OutboxSignal,
    RetentionPruner,
    RetentionRepository,
    SingleActiveBroadcastInterceptor,
  ],
  controllers: [TerminalEventListener],
  exports: PUBLIC,
})
export class CustomerBroadcastModule extends ConfigurableModuleClass {
  /**
   * Registers a kind that this application owns: its guard can be switched on, and where it declares a lifecycle, its events
   * are relayed and its deadlines kept. The database knows the kind already, by `installBroadcastKind`.
   *
   * @throws Error at start when the name is registered twice
   * @example CustomerBroadcastModule.forFeature({ name: 'parcel', table: 'parcels', entity: Parcel, route: '/v1/parcels', lifecycle: PARCEL_LIFE })
   */
  static forFeature(kind: GuardedKind): DynamicModule {
    return {
      module: BroadcastFeatureModule,
      providers: [
        {
          provide: Symbol(`customer-broadcast:kind:${kind.name}`),
          useFactory: (registry: BroadcastKindRegistry) => registry.register(kind),
          inject: [BroadcastKindRegistry],
        },
      ],
    };
  }
}

@Module({})
class BroadcastFeatureModule {}
