import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { startTestRedis, type TestRedis } from '../../../test/support/test-redis.ts';
import { connect } from './data-source.ts';
import { CreateParcels1796083700000 } from './sample/1796083700000-CreateParcels.ts';

interface Refusal {
  readonly activeBroadcast: { readonly cancel: { readonly method: 'POST'; readonly href: string } };
}

describe('an application under a global prefix', () => {
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
    const { AppModule } = await import('./sample/app.module.ts');
    app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
      logger: false,
    });
    app.setGlobalPrefix('api');
    const server: FastifyInstance = app.getHttpAdapter().getInstance();
    server.addHook('onRequest', (request: FastifyRequest & { user?: unknown }, _reply, done) => {
      request.user = { role: 'customer', sub: 'c1' };
      done();
    });
    await app.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await app.close();
    await redis.stop();
    await database.drop();
  });

  it('refuses a second request with a link that cancels the first', async () => {
    const create = () => app.inject({ method: 'POST', url: '/api/v1/parcels', payload: { label: 'vase' } });
    expect((await create()).statusCode).toBe(201);
    const refused = await create();
    expect(refused.statusCode).toBe(409);
    const { method, href: url } = refused.json<Refusal>().activeBroadcast.cancel;
    expect(url).toMatch(/^\/api\/v1\/parcels\//);
    expect((await app.inject({ method, url, payload: {} })).statusCode).toBe(200);
    expect((await create()).statusCode).toBe(201);
  });
});
