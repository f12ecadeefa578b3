import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientProxyFactory } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { observeEvents } from '../../../test/support/event-log.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { startTestRedis, type TestRedis } from '../../../test/support/test-redis.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { connect } from './data-source.ts';
import { CreateParcels1796083700000 } from './sample/1796083700000-CreateParcels.ts';

/** The README's third kind, as a team would install it. */
describe('the sample application', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    [database, redis] = await Promise.all([createTestDatabase(), startTestRedis()]);
    const dataSource = await connect(database, { migrations: [CreateParcels1796083700000] });
    await dataSource.runMigrations();
    await dataSource.destroy();
    process.env.DATABASE_URL = database.url;
    process.env.REDIS_URL = redis.url;
    // Imported now, because its modules read the environment.
    const { createApp } = await import('./sample/create-app.ts');
    app = await createApp();
    const server: FastifyInstance = app.getHttpAdapter().getInstance();
    // Stands in for the application's authentication.
    server.addHook('onRequest', (request: FastifyRequest & { user?: unknown }, _reply, done) => {
      const [role, sub] = (request.headers.authorization ?? '').split(' ');
      request.user = { role, sub };
      done();
    });
    await app.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await app.close();
    await redis.stop();
    await database.drop();
  });

  async function send(
    method: 'GET' | 'POST',
    url: string,
    user = 'customer c1',
    payload: object = {},
    more: Record<string, string> = {},
  ) {
    const headers = { authorization: user, ...more };
    const reply = await app.inject({ method, url, headers, ...(method === 'POST' ? { payload } : {}) });
    return {
      status: reply.statusCode,
      headers: reply.headers,
      body: reply.body === '' ? null : reply.json<Record<string, unknown>>(),
    };
  }

  const create = (user = 'customer c1') => send('POST', '/v1/parcels', user, { label: 'vase' });

  it('creates a parcel, and refuses the customer’s second request of any kind until it is cancelled', async () => {
    const created = await create();
    expect(created).toMatchObject({
      status: 201,
      body: { customerId: 'c1', status: 'requested' },
    });
    const { id } = created.body as { id: string };
    expect(await redis.client.get('customer:active-broadcast:c1')).toBe(`parcel:${id}`);
    expect(await create()).toMatchObject({
      status: 409,
      body: {
        code: 'ORDER_ACTIVE_EXISTS',
        activeBroadcast: { kind: 'parcel', id, cancel: { method: 'POST', href: `/v1/parcels/${id}/cancel` } },
      },
    });
    await expect(database.query(`INSERT INTO bookings (customer_id) VALUES ('c1')`)).rejects.toMatchObject({
      constraint: 'single_active:customer-broadcast',
    });
    expect(await send('POST', `/v1/parcels/${id}/cancel`)).toMatchObject({
      status: 200,
      body: { status: 'cancelled' },
    });
    expect(await create()).toMatchObject({ status: 201 });
  });

  it('brings a parcel on the air, expires it at its deadline and keeps its history', async () => {
    const { id } = (await create('customer c2')).body as { id: string };
    const status = async () => (await send('GET', `/v1/parcels/${id}`, 'customer c2')).body?.status;
    await waitFor(async () => (await status()) === 'collecting');
    await database.query(`UPDATE parcels SET expires_at = clock_timestamp() WHERE id = $1`, [id]);
    await waitFor(async () => (await status()) === 'expired');
    await waitFor(async () => (await redis.client.exists('customer:active-broadcast:c2')) === 0);
    const { body } = await send('GET', `/v1/parcels/${id}/history`, 'customer c2');
    const steps = body?.items as { to: string }[];
    expect(steps.map(({ to }) => to)).toEqual(['requested', 'collecting', 'expired']);
  });

  it('refuses a parcel while a booking is active, and names the booking', async () => {
    const [booking] = await database.query<{ id: string }>(
      `INSERT INTO bookings (customer_id) VALUES ('c9') RETURNING id`,
    );
    expect(await create('customer c9')).toMatchObject({
      status: 409,
      body: {
        activeBroadcast: {
          kind: 'booking',
          id: booking!.id,
          cancel: { href: `/v1/bookings/${booking!.id}/cancel` },
        },
      },
    });
    await database.query(`UPDATE bookings SET status = 'cancelled' WHERE id = $1`, [booking!.id]);
    expect(await create('customer c9')).toMatchObject({ status: 201 });
  });

  it('tells everybody that a parcel was opened and has ended', async () => {
    const log = await observeEvents(redis.url);
    const { id } = (await create('customer c6')).body as { id: string };
    await send('POST', `/v1/parcels/${id}/cancel`, 'customer c6');
    await log.reached(id, 'customer-broadcast.terminal');
    log.stop();
    const events = log
      .of(id)
      .map(({ channel, packet }) => [channel, packet.data.kind, packet.data.status].join(' '));
    // Each may be delivered more than once.
    expect([...new Set(events)]).toEqual([
      'customer-broadcast.opened parcel requested',
      'customer-broadcast.terminal parcel cancelled',
    ]);
  });

  it('answers a repeated create with the first parcel', async () => {
    const key = { 'idempotency-key': 'k' };
    const post = (label: string) => send('POST', '/v1/parcels', 'customer c7', { label }, key);
    const first = await post('vase');
    expect(first.status).toBe(201);
    const again = await post('vase');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await post('lamp')).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await database.query(`SELECT id FROM parcels WHERE customer_id = 'c7'`)).toHaveLength(1);
  });

  it('lets no request choose what its route does not offer', async () => {
    const wanted = await send('POST', '/v1/parcels?onActive=replace', 'customer c8', { label: 'vase' });
    expect(wanted).toMatchObject({ status: 400, body: { errors: [{ field: 'onActive' }] } });
    expect(await database.query(`SELECT id FROM parcels WHERE customer_id = 'c8'`)).toEqual([]);
  });

  it('documents every route of the kind', () => {
    const { paths, components } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, { operationId: string }>).map(([method, operation]) => ({
        ...operation,
        route: `${method} ${path}`,
      })),
    );
    expect(operations.map(({ route, operationId }) => [route, operationId])).toEqual(
      expect.arrayContaining([
        ['post /v1/parcels', 'createParcel'],
        ['get /v1/parcels', 'listParcels'],
        ['get /v1/parcels/{id}', 'getParcel'],
        ['get /v1/parcels/{id}/history', 'getParcelHistory'],
        ['post /v1/parcels/{id}/cancel', 'cancelParcel'],
      ]),
    );
    const cancel = operations.find(({ operationId }) => operationId === 'cancelParcel');
    expect(cancel).toMatchObject({
      'x-problem-codes': expect.arrayContaining(['NOT_FOUND', 'INVALID_TRANSITION']),
    });
    expect(components!.schemas!.BroadcastView).toMatchObject({
      required: expect.arrayContaining(['stateChangedAt']),
    });
  });

  it('refuses strangers and other roles', async () => {
    const { id } = (await create('customer c3')).body as { id: string };
    expect(await send('GET', `/v1/parcels/${id}`, 'customer c4')).toMatchObject({ status: 404 });
    expect(await create('courier t1')).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  });

  it('serves another service over the Redis transport', async () => {
    const { redisTransport } = await import('./sample/redis.module.ts');
    const { ParcelDesk } = await import('./sample/parcel-desk.service.ts');
    const proxy = ClientProxyFactory.create(redisTransport);
    const desk = new ParcelDesk(proxy);
    const created = await desk.send('c5', 'vase', 'order-1');
    const { body } = await send('GET', '/v1/parcels', 'customer c5');
    const [parcel] = body?.items as { id: string }[];
    expect(created).toBe(`Parcel ${parcel!.id} is on the air.`);
    expect(await desk.send('c5', 'vase', 'order-2')).toBe(`Cancel the parcel ${parcel!.id} first.`);
    await proxy.close();
  });
});
