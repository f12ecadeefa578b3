import { Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServiceApp } from './service-app.ts';

/** Longer than the request deadline twice over: whatever was begun is answered. */
const DRAIN_TIMEOUT_MS = 10_000;
/** A client may have just sent a request over an idle connection; closing it at once would lose that request. */
const LINGER_MS = 250;
const POLL_MS = 20;

/**
 * Stops a service without losing a request: not ready from now on, no new connection and no further message, then
 * everything begun is answered (10 s at most), then the modules are destroyed and the connections closed.
 *
 * Nest's own `close()` destroys the modules first, under the requests that still use them.
 *
 * @publicApi
 */
export async function drainAndClose({ app, drain, transport }: ServiceApp): Promise<void> {
  drain.begin();
  transport.stopListening?.();
  stopAccepting(app.getHttpServer());
  const deadline = Date.now() + DRAIN_TIMEOUT_MS;
  await wait(LINGER_MS);
  while (!drain.isIdle && Date.now() < deadline) await wait(POLL_MS);
  await app.close();
}

/** `http.Server.close()` would also cut idle keep-alive connections, over which a request may be on its way. */
function stopAccepting(server: Server): void {
  if (server.listening) Server.prototype.close.call(server);
}
