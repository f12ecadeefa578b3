export { CustomerBroadcastModule } from './customer-broadcast.module.ts';
export type { CustomerBroadcastModuleOptions } from './interfaces/customer-broadcast-options.interface.ts';
export type { BroadcastKind, GuardedKind } from './interfaces/broadcast-kind.interface.ts';
export type { BroadcastActor } from './interfaces/broadcast-actor.interface.ts';
export type { ActiveBroadcast, CancelLink } from './interfaces/active-broadcast.interface.ts';
export {
  BROADCAST_OPENED,
  BROADCAST_TERMINAL,
  type BroadcastEvent,
  type BroadcastEventMap,
} from './interfaces/broadcast-events.interface.ts';

export { CustomerBroadcastClient } from './client/customer-broadcast.client.ts';
export { BroadcastKindClient } from './client/broadcast-kind.client.ts';
export type {
  BroadcastCallOptions,
  CancelCallOptions,
  CreateCallOptions,
  CustomerBroadcastClientOptions,
  StepCallOptions,
} from './interfaces/customer-broadcast-client-options.interface.ts';

export { CurrentCustomer } from './guard/customer.decorator.ts';
export { CustomerGuard } from './guard/customer.guard.ts';
export { Idempotent } from './idempotency/idempotent.decorator.ts';
export { SingleActiveBroadcast } from './guard/single-active-broadcast.decorator.ts';
export { ON_ACTIVE, type OnActive, type SingleActiveBroadcastOptions } from './guard/on-active.policy.ts';
export { SingleActiveBroadcastInterceptor } from './guard/single-active-broadcast.interceptor.ts';
export { ActiveBroadcastHint } from './hint/active-broadcast.hint.ts';
export { CreateLockService } from './lock/create-lock.service.ts';

export { Broadcast } from './lifecycle/broadcast.entity.ts';
export { BroadcastView, presentBroadcast } from './lifecycle/broadcast.view.ts';
export { ActiveBroadcastController } from './lifecycle/active-broadcast.controller.ts';
export { ActiveBroadcastView, CancelLinkView } from './lifecycle/active-broadcast.view.ts';
export { TransitionView } from './lifecycle/transition.view.ts';
export {
  defineLifecycle,
  Lifecycle,
  type LifecycleDefinition,
  type LifecycleStep,
} from './lifecycle/lifecycle.definition.ts';
export { BroadcastKindRegistry } from './kinds/broadcast-kind.registry.ts';
export {
  BroadcastLifecycleService,
  type ManyStepsOptions,
  type StepOptions,
} from './lifecycle/broadcast-lifecycle.service.ts';
export type { BroadcastFields } from './lifecycle/broadcast-insert.repository.ts';
export type { AlsoWritten, ManyMade } from './lifecycle/broadcast.repository.ts';
export {
  type BroadcastList,
  type BroadcastListQuery,
  BroadcastReaderService,
} from './lifecycle/broadcast-reader.service.ts';
export type { BroadcastTransition } from './lifecycle/broadcast-history.repository.ts';
export { BroadcastLifecycleController } from './lifecycle/broadcast-lifecycle.controller.ts';
export {
  BroadcastLifecycleRpcController,
  type LifecycleRpcController,
} from './lifecycle/broadcast-lifecycle-rpc.controller.ts';
export { BroadcastIdPipe } from './lifecycle/broadcast-id.pipe.ts';
export { CancelBroadcastDto, ListBroadcastsDto, NoInputDto, PageDto } from './lifecycle/broadcast.dto.ts';
export {
  BroadcastMessage,
  type BroadcastReference,
  type CreateChoice,
  CreateMessage,
  EmptyMessage,
  NoBody,
  type RpcEnvelope,
  RpcMessage,
} from './lifecycle/rpc-message.dto.ts';

export { type OpeningWork, OutboxRelay } from './outbox/outbox.relay.ts';
export { LiveConnection, type LiveReply } from './live/live-connection.ts';
export { LiveFeed } from './live/live-feed.service.ts';
export type { HistoryPosition } from './live/history-position.ts';
export { LIVE_VIEW_LIMITS, LIVE_VIEW_ROUTE } from './live/live-view.constants.ts';
export { LiveViewController } from './live/live-view.controller.ts';
export { LiveViewGuard, StreamStart } from './live/live-view.guard.ts';
export { LiveViewService } from './live/live-view.service.ts';
export {
  BROADCAST_ROUTES,
  type BroadcastRouteText,
  type BroadcastViews,
} from './openapi/broadcast-routes.constants.ts';
export { ApiBroadcasts, type BroadcastDocument } from './openapi/broadcast-routes.decorator.ts';
export {
  ApiBroadcastRoute,
  ApiRoles,
  type BroadcastRouteDescription,
} from './openapi/broadcast-route.decorator.ts';

export { BroadcastExpiryHost } from './expiry/broadcast-expiry.host.ts';
export { BroadcastExpiryService, type ExpiryRun } from './expiry/broadcast-expiry.service.ts';
export { type KeyDrift, KeyReconciler } from './reconcile/key.reconciler.ts';

export {
  CustomerBroadcastException,
  type CustomerBroadcastCode,
} from './exceptions/customer-broadcast.exception.ts';
export {
  IdempotencyInProgressException,
  IdempotencyKeyReusedException,
} from './exceptions/idempotency.exceptions.ts';
export { ActiveBroadcastExistsException } from './exceptions/active-broadcast-exists.exception.ts';
export {
  BroadcastForbiddenException,
  BroadcastInputException,
  BroadcastNotFoundException,
  InvalidTransitionException,
} from './exceptions/broadcast.exceptions.ts';
export {
  type BroadcastCall,
  BroadcastCallException,
  BroadcastNotSentException,
  BroadcastOutcomeUnknownException,
  BroadcastRefusedException,
} from './exceptions/broadcast-call.exceptions.ts';
export { CustomerBroadcastFilter } from './exceptions/customer-broadcast.filter.ts';
export type { BroadcastProblem } from './interfaces/broadcast-problem.interface.ts';
export { type BroadcastProblemDefinition, customerBroadcastProblems } from './exceptions/problems.ts';
export { ACTIVE_EXISTS_TEXT } from './customer-broadcast.messages.ts';

export { customerBroadcastMigrations } from './migrations/index.ts';
export { installBroadcastKind, uninstallBroadcastKind } from './migrations/install-broadcast-kind.ts';
export type {
  InstalledGuardedKind,
  InstalledKind,
  InstalledKindWithLife,
  InstalledLife,
} from './migrations/installed-kind.interface.ts';
export { BackgroundLoop } from './postgres/background.loop.ts';
export { BatchedInsert, ROWS_TO_INSERT } from './postgres/batched-insert.ts';
export { type PreparedStatement, runPrepared } from './postgres/prepared-statement.ts';
export { afterCommit, inTransaction, managerOf } from './postgres/transaction.ts';
