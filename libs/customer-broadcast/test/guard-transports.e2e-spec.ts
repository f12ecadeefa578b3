import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { type INestApplication, Logger, Module, type Type } from '@nestjs/common';
import { AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { type ClientProxy, ClientProxyFactory, type RedisOptions, Transport } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CustomerBroadcastModule, ACTIVE_EXISTS_TEXT } from '@app/customer-broadcast';
import { firstValueFrom } from 'rxjs';
import WebSocket from 'ws';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { startTestRedis, type TestRedis } from '../../../test/support/test-redis.ts';
import { TEST_KIND, TestBooking } from './data-source.ts';
import { customerOf, RideModule, RideSocketsModule } from './ride-transports.ts';

/** What a caller got, whatever the transport: the ride or the active broadcast, or the problem. */
interface Answer {
  readonly id?: string;
  readonly problem?: Readonly<Record<string, unknown>>;
}

interface Asked {
  readonly customer: string;
  readonly onActive?: string;
  readonly idempotencyKey?: string;
}

interface Caller {
  create(asked: Asked): Promise<Answer>;
  /** What a problem calls the thing that was asked. */
  readonly instance: string;
}

describe('a guarded create', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let rpc: ClientProxy;
  const apps: INestApplication[] = [];
  const urls: Record<string, string> = {};

  const transport = (): RedisOptions => {
    const { hostname: host, port } = new URL(redis.url);
    return { transport: Transport.REDIS, options: { host, port: Number(port) } };
  };

  async function start(name: string, adapter: AbstractHttpAdapter, modules: Type[]): Promise<void> {
    @Module({
      imports: [
        TypeOrmModule.forRoot({ type: 'postgres', url: database.url, entities: [TestBooking] }),
        CustomerBroadcastModule.forRoot({
          redis: redis.client,
          events: rpc,
          customer: customerOf,
          background: false,
        }),
        CustomerBroadcastModule.forFeature(TEST_KIND),
        RideModule,
        ...modules,
        ...(modules.length > 0
          ? [
              GraphQLModule.forRoot<MercuriusDriverConfig>({
                driver: MercuriusDriver,
                autoSchemaFile: true,
                context: (request: unknown) => ({ request }),
              }),
            ]
          : []),
      ],
    })
    class App {}
    const app = await NestFactory.create(App, adapter, { logger: false, abortOnError: false });
    apps.push(app);
    if (modules.length > 0) {
      app.useWebSocketAdapter(new WsAdapter(app));
      app.connectMicroservice(transport(), { inheritAppConfig: true });
      await app.startAllMicroservices();
    }
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
    urls[name] = `127.0.0.1:${port}`;
  }

  beforeAll(async () => {
    Logger.overrideLogger(false);
    [database, redis] = await Promise.all([createTestDatabase(), startTestRedis()]);
    rpc = ClientProxyFactory.create(transport());
    await start('fastify', new FastifyAdapter(), [RideSocketsModule]);
    await start('express', new ExpressAdapter(), []);
  });

  afterAll(async () => {
    for (const app of apps) await app.close();
    await rpc.close();
    await redis.stop();
    await database.drop();
  });

  const http = (server: 'fastify' | 'express'): Caller => ({
    instance: '/rides',
    create: async ({ customer, onActive, idempotencyKey }) => {
      const query = onActive === undefined ? '' : `?onActive=${onActive}`;
      const reply = await fetch(`http://${urls[server]}/rides${query}`, {
        method: 'POST',
        headers: { 'x-customer': customer, ...(idempotencyKey && { 'idempotency-key': idempotencyKey }) },
      });
      const body = (await reply.json()) as Record<string, unknown>;
      if (reply.ok) return body;
      expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(body.status).toBe(reply.status);
      if (body.activeBroadcast) expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(100);
      return { problem: body };
    },
  });

  const overRedis: Caller = {
    instance: 'ride.create',
    create: (asked) =>
      firstValueFrom(rpc.send<Answer>('ride.create', asked)).catch((problem: unknown) => ({
        problem: problem as Record<string, unknown>,
      })),
  };

  const graphql: Caller = {
    instance: 'createRide',
    create: async ({ customer, ...variables }) => {
      const query = `mutation ($idempotencyKey: String, $onActive: String) {
        createRide(idempotencyKey: $idempotencyKey, onActive: $onActive) { id } }`;
      const reply = await fetch(`http://${urls.fastify}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-customer': customer },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await reply.json()) as {
        data: { createRide: Answer } | null;
        errors?: { message: string; extensions: Record<string, unknown> }[];
      };
      const [error] = errors ?? [];
      if (!error) return data!.createRide;
      expect(error.message).toBe(error.extensions.detail);
      return { problem: error.extensions };
    },
  };

  const overSocket: Caller = {
    instance: 'ride.create',
    create: async (asked) => {
      const socket = new WebSocket(`ws://${urls.fastify}`);
      await once(socket, 'open');
      socket.send(JSON.stringify({ event: 'ride.create', data: asked }));
      const [message] = (await once(socket, 'message')) as [Buffer];
      socket.close();
      const answer = JSON.parse(message.toString()) as { event?: string; data?: Record<string, unknown> };
      if (answer.event === 'exception') return { problem: answer.data };
      return answer.event === 'ride.created' ? (answer.data ?? {}) : (answer as Answer);
    },
  };

  describe.each([
    ['HTTP, Fastify', http('fastify')],
    ['HTTP, Express', http('express')],
    ['RPC, Redis', overRedis],
    ['GraphQL, Mercurius', graphql],
    ['WebSockets, ws', overSocket],
  ])('over %s', (_transport, caller) => {
    let customer: string;
    beforeEach(() => {
      customer = `c-${randomUUID()}`;
    });

    it('is the only one of a customer', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => caller.create({ customer })));
      expect(answers.filter(({ id }) => id !== undefined)).toHaveLength(1);
      const rows = await database.query('SELECT id FROM bookings WHERE customer_id = $1', [customer]);
      expect(rows).toHaveLength(1);
      await expect(redis.client.get(`customer:active-broadcast:${customer}`)).resolves.toBe(
        `booking:${String(rows[0]?.id)}`,
      );
    });

    it('is refused with a problem that names what is in the way', async () => {
      const { id } = await caller.create({ customer });
      const { problem } = await caller.create({ customer });
      expect(problem).toMatchObject({
        type: '/problems/order-active-exists',
        status: 409,
        detail: ACTIVE_EXISTS_TEXT,
        instance: caller.instance,
        code: 'ORDER_ACTIVE_EXISTS',
        activeBroadcast: { id, cancel: { method: 'POST', href: `/v1/bookings/${id}/cancel` } },
      });
      expect(problem).not.toHaveProperty('retryAfterSeconds');
    });

    it('is refused for a customer id that is none', async () => {
      const { problem } = await caller.create({ customer: '' });
      expect(problem).toMatchObject({
        status: 400,
        code: 'VALIDATION_FAILED',
        errors: [{ field: 'customer' }],
      });
    });

    it('returns or replaces what is active when asked to, and nothing else', async () => {
      const { id } = await caller.create({ customer });
      await expect(caller.create({ customer, onActive: 'return' })).resolves.toMatchObject({ id });
      const replaced = await caller.create({ customer, onActive: 'replace' });
      expect(replaced.id).toEqual(expect.any(String));
      expect(replaced.id).not.toBe(id);
      const { problem } = await caller.create({ customer, onActive: 'both' });
      expect(problem).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ field: 'onActive' }] });
    });

    it('has one effect for one idempotency key', async () => {
      const idempotencyKey = randomUUID();
      const first = await caller.create({ customer, idempotencyKey });
      expect(first.id).toEqual(expect.any(String));
      await expect(caller.create({ customer, idempotencyKey })).resolves.toMatchObject({ id: first.id });
      const { problem } = await caller.create({ customer, idempotencyKey, onActive: 'replace' });
      expect(problem).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
    });
  });
});
