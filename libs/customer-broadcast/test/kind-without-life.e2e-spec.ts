import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BroadcastLifecycleService,
  CurrentCustomer,
  CustomerBroadcastModule,
  type GuardedKind,
  installBroadcastKind,
  SingleActiveBroadcast,
} from '@app/customer-broadcast';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ClientProxy } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { startTestRedis, type TestRedis } from '../../../test/support/test-redis.ts';
import { connect, TestBooking } from './data-source.ts';

/** A table as another team has it: words and columns of its own, and no deadline. */
const RIDES = `CREATE TABLE rides (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), rider text, state text NOT NULL)`;
const RIDE: GuardedKind = { name: 'ride', table: 'rides', route: '/rides' };
const NO_EVENTS = { send: () => undefined, emit: () => undefined } as unknown as ClientProxy;

@Controller('rides')
class RideController {
  constructor(private readonly lifecycle: BroadcastLifecycleService) {}

  @Post()
  @SingleActiveBroadcast('ride')
  async create(@CurrentCustomer() rider: string): Promise<{ id: string; expiresAt: null }> {
    const [row] = await this.lifecycle.open(RIDE, rider, (on) =>
      on.query<{ id: string }[]>(`INSERT INTO rides (rider, state) VALUES ($1, 'requested') RETURNING id`, [
        rider,
      ]),
    );
    return { id: row!.id, expiresAt: null };
  }
}

@Module({ controllers: [RideController] })
class RideModule {}

describe('a kind that declares no life', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    [database, redis] = await Promise.all([createTestDatabase(), startTestRedis()]);
    await installRides();
    const root = {
      module: RideModule,
      imports: [
        TypeOrmModule.forRoot({ type: 'postgres', url: database.url, entities: [TestBooking] }),
        CustomerBroadcastModule.forRoot({
          redis: redis.client,
          events: NO_EVENTS,
          customer: (context) =>
            context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-customer']!,
        }),
        CustomerBroadcastModule.forFeature(RIDE),
      ],
    };
    app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), { logger: false });
    await app.init();
  });

  afterAll(async () => {
    await app.close();
    await redis.stop();
    await database.drop();
  });

  async function installRides(): Promise<void> {
    const dataSource = await connect(database);
    await dataSource.transaction(async ({ queryRunner }) => {
      await queryRunner!.query(RIDES);
      await installBroadcastKind(queryRunner!, {
        ...RIDE,
        id: 'id',
        customer: 'rider',
        activeWhen: `state IN ('requested', 'on_trip')`,
      });
    });
    await dataSource.destroy();
  }

  async function create(customer: string) {
    const reply = await app.inject({ method: 'POST', url: '/rides', headers: { 'x-customer': customer } });
    return { status: reply.statusCode, body: reply.json<Record<string, unknown>>() };
  }

  it('is guarded, and the refusal names what is in the way', async () => {
    const { status, body } = await create('c1');
    expect(status).toBe(201);
    const id = String(body.id);
    expect(await redis.client.get('customer:active-broadcast:c1')).toBe(`ride:${id}`);
    const inTheWay = { kind: 'ride', id, status: null, expiresAt: null };
    const REFUSED = {
      status: 409,
      body: {
        code: 'ORDER_ACTIVE_EXISTS',
        activeBroadcast: { ...inTheWay, cancel: { method: 'POST', href: `/rides/${id}/cancel` } },
      },
    };
    expect(await create('c1')).toMatchObject(REFUSED);
    await redis.client.flushall();
    expect(await create('c1')).toMatchObject(REFUSED);
  });

  it('gives the slot back when its row is no longer active, whoever wrote it', async () => {
    await create('c2');
    await database.query(`UPDATE rides SET state = 'done' WHERE rider = 'c2'`);
    expect(await create('c2')).toMatchObject({ status: 201 });
  });

  it('lets one of twenty creates of a customer through', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => create('c3')));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('has neither history nor events', async () => {
    await create('c4');
    expect(await database.query(`SELECT 1 FROM customer_broadcast_transitions WHERE kind = 'ride'`)).toEqual(
      [],
    );
    expect(await database.query(`SELECT 1 FROM customer_broadcast_outbox WHERE kind = 'ride'`)).toEqual([]);
  });
});
