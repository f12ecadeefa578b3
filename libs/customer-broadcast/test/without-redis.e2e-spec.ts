import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, type ExecutionContext, Logger, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ClientProxy } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  ActiveBroadcastHint,
  CreateLockService,
  CurrentCustomer,
  CustomerBroadcastModule,
  KeyReconciler,
  SingleActiveBroadcast,
} from '@app/customer-broadcast';
import type { FastifyRequest } from 'fastify';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { TEST_KIND, TestBooking } from './data-source.ts';
import { type Ride, RideService } from './ride.app.ts';

const NO_EVENTS = { send: () => undefined, emit: () => undefined } as unknown as ClientProxy;

@Controller('rides')
class RideController {
  constructor(private readonly rides: RideService) {}

  @Post()
  @SingleActiveBroadcast('booking', { requestMayChoose: ['return', 'replace'] })
  create(@CurrentCustomer() customerId: string): Promise<Ride> {
    return this.rides.create(customerId);
  }
}

@Module({ controllers: [RideController], providers: [RideService] })
class RideModule {}

describe('the guard without Redis', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

  beforeAll(async () => {
    database = await createTestDatabase();
    const root = {
      module: RideModule,
      imports: [
        TypeOrmModule.forRoot({ type: 'postgres', url: database.url, entities: [TestBooking] }),
        CustomerBroadcastModule.forRoot({
          events: NO_EVENTS,
          customer: (context: ExecutionContext) =>
            String(context.switchToHttp().getRequest<FastifyRequest>().headers['x-customer']),
          background: false,
        }),
        CustomerBroadcastModule.forFeature(TEST_KIND),
      ],
    };
    app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), { logger: false });
    await app.init();
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
    warned.mockRestore();
  });

  const create = (customer: string, query = '') =>
    app.inject({ method: 'POST', url: `/rides${query}`, headers: { 'x-customer': customer } });

  it('lets one of twenty creates of a customer through', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => create('c1')));
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
    const rows = await database.query(`SELECT 1 FROM bookings WHERE customer_id = 'c1'`);
    expect(rows).toHaveLength(1);
  });

  it('returns and replaces what is active', async () => {
    const first = (await create('c2')).json<Ride>();
    expect((await create('c2', '?onActive=return')).json()).toMatchObject({ id: first.id });
    expect((await create('c2', '?onActive=replace')).statusCode).toBe(201);
    const rows = await database.query<{ id: string }>(
      `SELECT id FROM bookings WHERE customer_id = 'c2' AND status = 'created'`,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.id).not.toBe(first.id);
  });

  it('has no drift to repair, warns of nothing and is not degraded', async () => {
    await expect(app.get(KeyReconciler).reconcile()).resolves.toEqual({ stale: 0, missing: 0, slotDrift: 0 });
    expect(app.get(ActiveBroadcastHint).breaker.healthy).toBe(true);
    expect(app.get(CreateLockService).breaker.healthy).toBe(true);
    expect(warned).not.toHaveBeenCalled();
  });
});
