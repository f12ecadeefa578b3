import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type DynamicModule,
  type ExceptionFilter,
  Module,
  Post,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  BroadcastLifecycleController,
  type BroadcastView,
  CustomerBroadcastModule,
  type CustomerBroadcastModuleOptions,
  presentBroadcast,
  SingleActiveBroadcast,
} from '@app/customer-broadcast';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { startTestRedis, type TestRedis } from '../../../test/support/test-redis.ts';
import { RESOLVED_OPTIONS } from '../src/customer-broadcast.constants.ts';
import { OPTION_TEXT } from '../src/customer-broadcast.messages.ts';
import { TEST_KIND, TestBooking } from './data-source.ts';

@Controller('things')
class ThingController extends BroadcastLifecycleController<TestBooking, BroadcastView> {
  protected readonly kind = TEST_KIND;
  protected readonly present = presentBroadcast;

  @Post()
  @SingleActiveBroadcast('booking')
  create(): void {
    throw new Error('never called');
  }
}

const caught: unknown[] = [];

@Catch()
class CatchAll implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    caught.push(error);
    host.switchToHttp().getResponse<{ send(body: string): void }>().send('caught');
  }
}

@Module({})
class App {
  static of(database: TestDatabase, imports: DynamicModule[]): DynamicModule {
    const typeOrm = TypeOrmModule.forRoot({ type: 'postgres', url: database.url, entities: [TestBooking] });
    return { module: App, imports: [typeOrm, ...imports], controllers: [ThingController] };
  }
}

describe('the module', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let events: ClientProxy;
  let app: NestFastifyApplication | undefined;

  beforeAll(async () => {
    [database, redis] = await Promise.all([createTestDatabase(), startTestRedis()]);
    const { hostname, port } = new URL(redis.url);
    events = ClientProxyFactory.create({
      transport: Transport.REDIS,
      options: { host: hostname, port: Number(port) },
    });
  });

  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  afterAll(async () => {
    await events.close();
    await redis.stop();
    await database.drop();
  });

  const options = (more: Partial<CustomerBroadcastModuleOptions> = {}): CustomerBroadcastModuleOptions => ({
    redis: redis.client,
    events,
    customer: () => 'c1',
    background: false,
    ...more,
  });

  async function start(...imports: DynamicModule[]): Promise<NestFastifyApplication> {
    app = await NestFactory.create<NestFastifyApplication>(App.of(database, imports), new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    return await app.useGlobalFilters(new CatchAll()).init();
  }

  it('starts with forRoot and its defaults', async () => {
    await start(CustomerBroadcastModule.forRoot(options()), CustomerBroadcastModule.forFeature(TEST_KIND));
    expect(app!.get(RESOLVED_OPTIONS)).toMatchObject({
      broadcastTimeoutSeconds: 120,
      lockRedis: [redis.client],
    });
  });

  it('starts with forRootAsync, whose factory may come late', async () => {
    const useFactory = () => Promise.resolve(options({ broadcastTimeoutSeconds: 7 }));
    await start(
      CustomerBroadcastModule.forRootAsync({ useFactory }),
      CustomerBroadcastModule.forFeature(TEST_KIND),
    );
    expect(app!.get(RESOLVED_OPTIONS)).toMatchObject({ broadcastTimeoutSeconds: 7, lockTtlMs: 10_000 });
  });

  it('lets a controller without a constructor inherit its dependencies', async () => {
    await start(CustomerBroadcastModule.forRoot(options()), CustomerBroadcastModule.forFeature(TEST_KIND));
    const reply = await app!.inject({ method: 'GET', url: '/things' });
    expect(caught).toEqual([]);
    expect(reply.json()).toEqual({ items: [], nextCursor: null });
  });

  it('does not start with an option that cannot work', async () => {
    const started = start(
      CustomerBroadcastModule.forRoot(options({ lockTtlMs: 0 })),
      CustomerBroadcastModule.forFeature(TEST_KIND),
    );
    await expect(started).rejects.toThrow(
      OPTION_TEXT('lockTtlMs', 0, 'use a whole number from 1 to 2147483647.'),
    );
  });
});
