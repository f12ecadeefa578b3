import { type BroadcastActor, CustomerBroadcastModule } from '@app/customer-broadcast';
import { type ExecutionContext, Module } from '@nestjs/common';
import type { ClientProxy } from '@nestjs/microservices';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Redis } from 'ioredis';
import { Parcel } from './parcel.entity.ts';
import { ParcelModule } from './parcel.module.ts';
import { EVENTS, REDIS, RedisModule } from './redis.module.ts';

/** What your authentication has put there: into the HTTP request as `user`, into an RPC payload as `actor`. */
function actorOf(context: ExecutionContext): BroadcastActor {
  const { user, actor } = context.getArgByIndex<{ user: BroadcastActor; actor: BroadcastActor }>(0);
  return context.getType() === 'http' ? user : actor;
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
      useFactory: (redis: Redis, events: ClientProxy) => ({ redis, events, actor: actorOf }),
    }),
    ParcelModule,
  ],
})
export class AppModule {}
