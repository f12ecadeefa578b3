import { createServiceApp } from '@app/platform';

import type { Kind } from './requests.ts';

/** No server listens there. */
export const NOWHERE = 'postgres://none@127.0.0.1:1/none';

/**
 * The routes of the service of a kind as Fastify has them, sorted, with parameters as the document writes them. Read from a
 * service within this process, because a running one does not tell. HEAD is possible wherever GET is, and left out.
 */
export async function listRoutes(kind: Kind): Promise<string[]> {
  Object.assign(process.env, {
    DATABASE_URL: NOWHERE,
    REDIS_URL: 'redis://127.0.0.1:1',
    AUTH_JWT_SECRET: 'x'.repeat(32),
    LOG_LEVEL: 'silent',
  });
  const { AppModule } =
    kind === 'booking'
      ? await import('../../apps/booking-service/src/app.module.ts')
      : await import('../../apps/order-service/src/app.module.ts');
  const { app } = await createServiceApp(AppModule.forRoot(false));
  const routes = new Set<string>();
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) routes.add(`${name} ${url.replace(/:(\w+)/g, '{$1}')}`);
  });
  await app.init();
  await app.close();
  return [...routes].filter((route) => !route.startsWith('HEAD ')).sort();
}
