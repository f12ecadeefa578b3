import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  type DynamicModule,
  Injectable,
  Module,
  Post,
  type Provider,
  type Type,
} from '@nestjs/common';
import { type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type ClientProxy } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Cron } from '@nestjs/schedule';
import { WsAdapter } from '@nestjs/platform-ws';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  CustomerBroadcastModule,
  type CustomerBroadcastModuleOptions,
  SingleActiveBroadcast,
} from '@app/customer-broadcast';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import * as messages from '../src/customer-broadcast.messages.ts';
import { TEST_KIND, TestBooking } from './data-source.ts';

const OPTIONS: CustomerBroadcastModuleOptions = {
  events: { send: () => undefined, emit: () => undefined } as unknown as ClientProxy,
  customer: () => 'c1',
  background: false,
};

@Controller('bookings')
class GuardedController {
  @Post()
  @SingleActiveBroadcast('booking')
  create(): void {
    throw new Error('never called');
  }
}

@Controller('rides')
class UnknownKindController {
  @Post()
  @SingleActiveBroadcast('ride')
  create(): void {
    throw new Error('never called');
  }
}

@Controller()
class UnroutedController {
  @SingleActiveBroadcast('booking')
  create(): void {
    throw new Error('never called');
  }
}

/** As BullMQ's processors are: a provider whose method a worker calls. */
@Injectable()
class QueueProcessor {
  @SingleActiveBroadcast('booking')
  process(): void {
    throw new Error('never called');
  }
}

@Injectable()
class Timer {
  @Cron('0 0 1 1 *')
  @SingleActiveBroadcast('booking')
  onNewYear(): void {
    throw new Error('never called');
  }
}

@WebSocketGateway()
class UnfilteredGateway {
  @SubscribeMessage('create')
  @SingleActiveBroadcast('booking')
  create(): void {
    throw new Error('never called');
  }
}

interface Parts {
  readonly imports?: DynamicModule[];
  readonly controllers?: Type[];
  readonly providers?: Provider[];
}

@Module({})
class App {}

const guard = (options: object = {}): DynamicModule =>
  CustomerBroadcastModule.forRoot({ ...OPTIONS, ...options });
const feature = (kind: object = {}): DynamicModule =>
  CustomerBroadcastModule.forFeature({ ...TEST_KIND, ...kind });

describe('an application does not start', () => {
  let database: TestDatabase;
  let app: INestApplication | undefined;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });
  afterAll(() => database.drop());

  async function start({
    imports = [guard(), feature()],
    controllers = [],
    providers = [],
  }: Parts): Promise<void> {
    const typeOrm = TypeOrmModule.forRoot({ type: 'postgres', url: database.url, entities: [TestBooking] });
    const root = { module: App, imports: [typeOrm, ...imports], controllers, providers };
    const created = await NestFactory.create(root, new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    app = created;
    app = created;
    created.useWebSocketAdapter(new WsAdapter(created));
    await created.init();
  }

  it('(but it does when nothing is wrong)', async () => {
    await start({ controllers: [GuardedController] });
  });

  it.each([
    [
      'that no module registered',
      { controllers: [UnknownKindController] },
      messages.UNKNOWN_KIND_TEXT('ride'),
    ],
    [
      'that is registered twice',
      { imports: [guard(), feature(), feature()] },
      messages.DUPLICATE_KIND_TEXT('booking'),
    ],
  ])('with a kind %s', async (_fault, parts, text) => {
    await expect(start(parts)).rejects.toThrow(text);
  });

  it.each([
    ['the processor of a queue', QueueProcessor, 'process'],
    ['a timer', Timer, 'onNewYear'],
  ])('with the guard around %s', async (_what, provider, method) => {
    await expect(start({ providers: [provider] })).rejects.toThrow(
      messages.GUARD_OUT_OF_REACH_TEXT(provider.name, method),
    );
  });

  it('with the guard around a method of a controller that is no route', async () => {
    await expect(start({ controllers: [UnroutedController] })).rejects.toThrow(
      messages.GUARD_OUT_OF_REACH_TEXT('UnroutedController', 'create'),
    );
  });

  it('with a guarded gateway that has no filter', async () => {
    await expect(start({ providers: [UnfilteredGateway] })).rejects.toThrow(
      messages.GATEWAY_WITHOUT_FILTER_TEXT('UnfilteredGateway'),
    );
  });
});
