import {
  ActiveBroadcastController,
  BroadcastForbiddenException,
  CustomerBroadcastModule,
  LiveViewController,
} from '@app/customer-broadcast';
import { type ExecutionContext, Module } from '@nestjs/common';
import type { ClientProxy } from '@nestjs/microservices';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Redis } from 'ioredis';
import { Parcel } from './parcel.entity.ts';
import { ParcelModule } from './parcel.module.ts';
import { EVENTS, REDIS, RedisModule } from './redis.module.ts';

interface User {
  readonly sub: string;
  readonly role: string;
}

/** What your authentication has put there: into the HTTP request as `user`, into an RPC payload as `actor`. */
function customerOf(context: ExecutionContext): string {
  const { user, actor } = context.getArgByIndex<{ user: User; actor: User }>(0);
  const { sub, role } = context.getType() === 'http' ? user : actor;
  if (role === 'customer') return sub;
  throw new BroadcastForbiddenException(`The role '${role}' may not do this; it takes customer.`);
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env.DATABASE_URL,
      entities: [Parcel],
    }),
    ScheduleModule.forRoot(),
    CustomerBroadcastModule.forRootAsync({
      imports: [RedisModule],
      inject: [REDIS, EVENTS],
      useFactory: (redis: Redis, events: ClientProxy) => ({ redis, events, customer: customerOf }),
    }),
    ParcelModule,
  ],
  // What a customer has on the air, and how it changes; both are of all kinds.
  controllers: [ActiveBroadcastController, LiveViewController],
})
export class AppModule {}
