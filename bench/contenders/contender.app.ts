import { bootstrapService, PlatformModule, type TransportFactory } from '@app/platform';
import { Module, type Provider, type Type } from '@nestjs/common';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { Booking } from '../../apps/booking-service/src/booking/booking.entity.ts';

/** These services hear nothing over Redis: the guard is what is compared, not the transport. */
class SilentServer extends Server implements CustomTransportStrategy {
  listen(callback: () => void): void {
    callback();
  }

  close(): void {
    // Nothing was opened.
  }

  on(): void {
    // It has no events.
  }

  unwrap(): never {
    throw new Error('There is no client below.');
  }
}

const silent: TransportFactory = () => new SilentServer();

/** A service with everything that ours has around its use cases, and these use cases instead. */
export async function runContender(
  name: string,
  controller: Type,
  providers: readonly Provider[],
): Promise<void> {
  @Module({
    imports: [PlatformModule.forRoot({ name, entities: [Booking] })],
    controllers: [controller],
    providers: [...providers],
  })
  class ContenderModule {}
  await bootstrapService(ContenderModule, { name, port: (env) => env.bookingPort, transport: silent });
}
