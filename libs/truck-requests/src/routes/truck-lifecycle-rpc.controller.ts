import {
  BroadcastExpiryService,
  BroadcastIdPipe,
  BroadcastMessage,
  CancelBroadcastDto,
  EmptyMessage,
  type ExpiryRun,
  NoBody,
} from '@app/customer-broadcast';
import { type Actor, CurrentActor } from '@app/platform';
import type { Type } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { TruckAction } from '../access/truck-action.decorator.ts';
import { TruckLifecycleService } from '../life/truck-lifecycle.service.ts';
import { TruckReaderService } from '../life/truck-reader.service.ts';
import type { TruckKind } from '../request/truck-kind.interface.ts';
import type { TruckRequest } from '../request/truck-request.entity.ts';

class GetMessage extends BroadcastMessage(NoBody) {}
class CancelMessage extends BroadcastMessage(CancelBroadcastDto) {}

/** What a class that extends {@link TruckLifecycleRpcController} inherits. @publicApi */
export interface TruckRpcController<T extends TruckRequest, V extends object> {
  readonly lifecycle: TruckLifecycleService;
  readonly reader: TruckReaderService;
  readonly expiry: BroadcastExpiryService;
  present(request: T): V;
  now(id: string): Promise<V>;
}

/** The id that a payload names, refused as not found when it is no UUID. */
const idOf = (id: string): string => new BroadcastIdPipe().transform(id);

/**
 * The message patterns that every kind of request for trucks has, `<kind>.get`, `<kind>.cancel` and `<kind>.expire-due`, as a class to extend: a
 * pattern is written on a method before the class exists, so the kind has to be known when the class is made.
 *
 * @param present the request as an answer shows it
 * @example
 * @Controller()
 * class BookingRpcController extends TruckLifecycleRpcController(BOOKING, presentBooking) {}
 * @publicApi
 */
export function TruckLifecycleRpcController<T extends TruckRequest, V extends object>(
  kind: TruckKind<T>,
  present: (request: T) => V,
): Type<TruckRpcController<T, V>> {
  class RpcController implements TruckRpcController<T, V> {
    constructor(
      readonly lifecycle: TruckLifecycleService,
      readonly reader: TruckReaderService,
      readonly expiry: BroadcastExpiryService,
    ) {}

    @MessagePattern(`${kind.name}.get`)
    @TruckAction('read')
    async get(@CurrentActor() actor: Actor, @Payload() message: GetMessage): Promise<V> {
      return present(await this.reader.get(kind, idOf(message.id), actor));
    }

    @MessagePattern(`${kind.name}.cancel`)
    @TruckAction('cancel')
    async cancel(@CurrentActor() actor: Actor, @Payload() message: CancelMessage): Promise<V> {
      const id = idOf(message.id);
      await this.lifecycle.cancel(kind, id, actor, message.reason);
      return this.now(id);
    }

    @MessagePattern(`${kind.name}.expire-due`)
    @TruckAction('expire-due')
    expireDue(@Payload() _message: EmptyMessage): Promise<ExpiryRun> {
      return this.expiry.expireDue(kind);
    }

    present(request: T): V {
      return present(request);
    }

    async now(id: string): Promise<V> {
      return present(await this.reader.getAny(kind, id));
    }
  }
  Reflect.defineMetadata(
    'design:paramtypes',
    [TruckLifecycleService, TruckReaderService, BroadcastExpiryService],
    RpcController,
  );
  return RpcController;
}
