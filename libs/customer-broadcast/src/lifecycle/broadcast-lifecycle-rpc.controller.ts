import { type Type, UseGuards } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { CurrentCustomer } from '../guard/customer.decorator.ts';
import { CustomerGuard } from '../guard/customer.guard.ts';
import { Idempotent } from '../idempotency/idempotent.decorator.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { BroadcastIdPipe } from './broadcast-id.pipe.ts';
import { CancelBroadcastDto } from './broadcast.dto.ts';
import type { Broadcast } from './broadcast.entity.ts';
import { BroadcastLifecycleService } from './broadcast-lifecycle.service.ts';
import { BroadcastReaderService } from './broadcast-reader.service.ts';
import { BroadcastMessage, NoBody } from './rpc-message.dto.ts';

class GetMessage extends BroadcastMessage(NoBody) {}
class CancelMessage extends BroadcastMessage(CancelBroadcastDto) {}

/** What a class that extends {@link BroadcastLifecycleRpcController} inherits. @publicApi */
export interface LifecycleRpcController<T extends Broadcast, V extends object> {
  readonly lifecycle: BroadcastLifecycleService;
  readonly reader: BroadcastReaderService;
  present(broadcast: T): V;
  now(id: string): Promise<V>;
}

/** The id that a payload names, refused as not found when it is no UUID. */
const idOf = (id: string): string => new BroadcastIdPipe().transform(id);

/**
 * The message patterns that every kind with a life has for its customers, `<kind>.get` and `<kind>.cancel`, as a class to extend: a pattern is
 * written on a method before the class exists, so the kind has to be known when the class is made.
 *
 * @param present the broadcast as an answer shows it
 * @example
 * @Controller()
 * class ParcelRpcController extends BroadcastLifecycleRpcController(PARCEL, presentParcel) {}
 * @publicApi
 */
export function BroadcastLifecycleRpcController<T extends Broadcast, V extends object>(
  kind: BroadcastKind<T>,
  present: (broadcast: T) => V,
): Type<LifecycleRpcController<T, V>> {
  class RpcController implements LifecycleRpcController<T, V> {
    constructor(
      readonly lifecycle: BroadcastLifecycleService,
      readonly reader: BroadcastReaderService,
    ) {}

    @MessagePattern(`${kind.name}.get`)
    @UseGuards(CustomerGuard)
    async get(@CurrentCustomer() customerId: string, @Payload() message: GetMessage): Promise<V> {
      return present(await this.reader.get(kind, idOf(message.id), customerId));
    }

    @MessagePattern(`${kind.name}.cancel`)
    @UseGuards(CustomerGuard)
    @Idempotent()
    async cancel(@CurrentCustomer() customerId: string, @Payload() message: CancelMessage): Promise<V> {
      const id = idOf(message.id);
      const cause = { by: customerId, reason: message.reason, ownedBy: customerId };
      await this.lifecycle.step(kind, id, kind.lifecycle.cancels, cause);
      return this.now(id);
    }

    present(broadcast: T): V {
      return present(broadcast);
    }

    async now(id: string): Promise<V> {
      return present(await this.reader.getAny(kind, id));
    }
  }
  Reflect.defineMetadata(
    'design:paramtypes',
    [BroadcastLifecycleService, BroadcastReaderService],
    RpcController,
  );
  return RpcController;
}
