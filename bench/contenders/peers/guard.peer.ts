import { SingleActiveBroadcast } from '@app/customer-broadcast';
import { type Actor, createServiceApp } from '@app/platform';
import { type INestApplicationContext, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { ExternalContextCreator, ModuleRef } from '@nestjs/core';
import { AppModule } from '../../../apps/booking-service/src/app.module.ts';
import { BookingService } from '../../../apps/booking-service/src/booking/booking.service.ts';
import type { CreateBookingDto } from '../../../apps/booking-service/src/booking/dto/create-booking.dto.ts';
import type { Peer } from './peer.interface.ts';

const PLACE = { latitude: 12.9716, longitude: 77.5946, address: '1 Mill Road' };
const REQUEST = { pickup: PLACE, drop: PLACE, vehicleType: 'open', trucksNeeded: 1 } as CreateBookingDto;

interface Message {
  readonly actor: Actor;
}

@Injectable()
class GuardedHandler implements OnModuleInit {
  private bookings!: BookingService;

  constructor(private readonly modules: ModuleRef) {}

  onModuleInit(): void {
    this.bookings = this.modules.get(BookingService, { strict: false });
  }

  @SingleActiveBroadcast('booking')
  create({ actor }: Message): Promise<unknown> {
    return this.bookings.create(actor, REQUEST);
  }
}

@Module({})
class PeerModule {}

/** Ours, called through Nest without any transport. */
export class GuardPeer implements Peer {
  private constructor(
    private readonly app: INestApplicationContext,
    private readonly handle: (message: Message) => Promise<unknown>,
  ) {}

  /** @param delivers with all that follows a create: delivery, its acknowledgement and the dispatch; otherwise events wait */
  static async start(delivers: boolean): Promise<GuardPeer> {
    const { app } = await createServiceApp({
      module: PeerModule,
      imports: [AppModule.forRoot(delivers)],
      providers: [GuardedHandler],
    });
    await app.init();
    if (delivers) await app.startAllMicroservices();
    const handler = app.get(GuardedHandler);
    const create = Reflect.get(handler, 'create') as (...args: unknown[]) => unknown;
    const handle = app
      .get(ExternalContextCreator)
      .create(handler, create, 'create', undefined, undefined, undefined, undefined, undefined, 'rpc');
    return new GuardPeer(app, handle as (message: Message) => Promise<unknown>);
  }

  async create(customerId: string): Promise<void> {
    await this.handle({ actor: { sub: customerId, role: 'customer' } });
  }

  stop(): Promise<void> {
    return this.app.close();
  }
}
