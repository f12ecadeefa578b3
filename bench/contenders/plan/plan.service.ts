import { type Actor, ENVIRONMENT, type Environment } from '@app/platform';
import { ConflictException, Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { Booking } from '../../../apps/booking-service/src/booking/booking.entity.ts';
import type { CreateBookingDto } from '../../../apps/booking-service/src/booking/dto/create-booking.dto.ts';
import { CreateService } from '../create.controller.ts';
import { OneRowRepository } from '../one-row.repository.ts';
import { ActiveRequestRepository } from './active-request.repository.ts';

const LOCK_SECONDS = 10;
const GRACE_SECONDS = 60;

/** The create as it was first ordered, step by step, with the holes that it has. */
@Injectable()
export class PlanService extends CreateService implements OnApplicationShutdown {
  private readonly redis: Redis;

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly bookings: OneRowRepository,
    private readonly active: ActiveRequestRepository,
  ) {
    super();
    this.redis = new Redis(env.redisUrl);
  }

  /** @throws ConflictException when the customer has an active request, or a create in flight */
  override async create(actor: Actor, request: CreateBookingDto): Promise<Booking> {
    const key = `customer:active-broadcast:${actor.sub}`;
    const lock = `lock:customer-broadcast-create:${actor.sub}`;
    if ((await this.redis.get(key)) !== null) throw new ConflictException();
    if ((await this.redis.set(lock, actor.sub, 'EX', LOCK_SECONDS, 'NX')) === null)
      throw new ConflictException();
    try {
      if (await this.active.hasActive(actor.sub)) throw new ConflictException();
      const booking = await this.bookings.insert(actor, request);
      await this.redis.set(key, booking.id, 'EX', this.env.broadcastTimeoutSeconds + GRACE_SECONDS);
      return booking;
    } finally {
      await this.redis.del(lock);
    }
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
