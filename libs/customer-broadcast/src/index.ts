export { CustomerBroadcastModule } from './customer-broadcast.module.ts';
export type { CustomerBroadcastModuleOptions } from './interfaces/customer-broadcast-options.interface.ts';
export type { BroadcastKind } from './interfaces/broadcast-kind.interface.ts';
export {
  BROADCAST_ROLES,
  type BroadcastActor,
  type BroadcastRole,
} from './interfaces/broadcast-actor.interface.ts';
export type { ActiveBroadcast, CancelLink } from './interfaces/active-broadcast.interface.ts';
export {
  BROADCAST_OPENED,
  BROADCAST_TERMINAL,
  type BroadcastEvent,
  type BroadcastEventMap,
} from './interfaces/broadcast-events.interface.ts';

export { SingleActiveBroadcast } from './guard/single-active-broadcast.decorator.ts';
export { SingleActiveBroadcastInterceptor } from './guard/single-active-broadcast.interceptor.ts';
export { ActiveBroadcastHint } from './guard/active-broadcast.hint.ts';
export { CustomerLockService } from './guard/customer-lock.service.ts';

export {
  ACTIVE_STATUSES,
  type ActiveStatus,
  BROADCAST_STATUSES,
  type BroadcastStatus,
  isActiveStatus,
  isLegalTransition,
  TERMINAL_STATUSES,
} from './lifecycle/broadcast-status.ts';
export { Broadcast } from './lifecycle/broadcast.entity.ts';
export { BroadcastView, presentBroadcast } from './lifecycle/broadcast.view.ts';
export { TransitionView } from './lifecycle/transition.view.ts';
export { BROADCAST_ACCESS, type BroadcastActionName } from './lifecycle/broadcast-access.policy.ts';
export { BroadcastAction, CurrentBroadcastActor } from './lifecycle/broadcast-access.guard.ts';
export { BroadcastLifecycleService } from './lifecycle/broadcast-lifecycle.service.ts';
export {
  BroadcastAcceptanceService,
  type ItemAllotment,
  type TruckOffer,
} from './lifecycle/broadcast-acceptance.service.ts';
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
export { CancelBroadcastDto, DispatchedDto, ListBroadcastsDto } from './lifecycle/broadcast.dto.ts';
export {
  BroadcastMessage,
  type BroadcastReference,
  type RpcEnvelope,
  RpcMessage,
} from './lifecycle/rpc-message.dto.ts';

export { ApiBroadcasts } from './openapi/broadcast-routes.decorator.ts';
export { ApiBroadcastRoute, type BroadcastRouteDescription } from './openapi/broadcast-route.decorator.ts';
export { IDEMPOTENCY_PROBLEMS } from './openapi/idempotency.problems.ts';

export { BroadcastExpiryHost } from './expiry/broadcast-expiry.host.ts';
export { BroadcastExpiryService, type ExpiryRun } from './expiry/broadcast-expiry.service.ts';
export { type KeyDrift, KeyReconciler } from './reconcile/key.reconciler.ts';

export {
  CustomerBroadcastException,
  type CustomerBroadcastCode,
} from './exceptions/customer-broadcast.exception.ts';
export { ActiveBroadcastExistsException } from './exceptions/active-broadcast-exists.exception.ts';
export {
  BroadcastForbiddenException,
  BroadcastInputException,
  BroadcastNotFoundException,
  InvalidTransitionException,
  NoLongerAvailableException,
} from './exceptions/broadcast.exceptions.ts';
export { type BroadcastProblem, customerBroadcastProblems } from './exceptions/problems.ts';
export { ACTIVE_EXISTS_TEXT } from './customer-broadcast.messages.ts';

export { customerBroadcastMigrations } from './migrations/index.ts';
export {
  installBroadcastKind,
  type InstalledKind,
  uninstallBroadcastKind,
} from './migrations/install-broadcast-kind.ts';
export { type PreparedStatement, runPrepared } from './postgres/prepared-statement.ts';
