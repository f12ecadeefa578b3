import { beforeEach, describe, expect, test } from '@jest/globals';
import { Agent, request as httpRequest } from 'node:http';
import { until } from '../../test/redis-server.ts';
import { gate, testEnvironment, testModule, tokenOf } from '../../test/service.ts';
import { drainAndClose } from './drain.ts';
import { createServiceApp, type ServiceApp } from './service-app.ts';

let service: ServiceApp;
let url: string;
let authorization: string;

beforeEach(async () => {
  service = await createServiceApp(testModule(testEnvironment()));
  await service.app.listen(0, '127.0.0.1');
  url = await service.app.getUrl();
  authorization = `Bearer ${await tokenOf('c1')}`;
  gate.arrived = 0;
  gate.isDestroyed = false;
});

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly body: string;
}

function get(path: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpRequest(`${url}${path}`, { agent, headers: { authorization } }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, connection: response.headers.connection, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

describe('drainAndClose', () => {
  test('answers what was begun, says draining, accepts no new connection, and then closes', async () => {
    const keepAlive = () => new Agent({ keepAlive: true, maxSockets: 1 });
    const [begun, probe] = [keepAlive(), keepAlive()];
    await get('/health/live', probe);
    const answer = get('/v1/things/behaviour/gate', begun);
    await until(() => gate.arrived === 1);

    let isClosed = false;
    const closed = drainAndClose(service).then(() => (isClosed = true));
    const readiness = await get('/health/ready', probe);
    expect(readiness).toMatchObject({ status: 503, connection: 'close', body: '{"status":"draining"}' });
    await expect(get('/health/live', keepAlive())).rejects.toThrow('ECONNREFUSED');
    // Longer than the linger: only the request under way keeps the modules alive now.
    const start = performance.now();
    await until(() => gate.isDestroyed || performance.now() - start > 400);
    expect({ isClosed, isDestroyed: gate.isDestroyed }).toEqual({ isClosed: false, isDestroyed: false });

    gate.open();
    expect(await answer).toMatchObject({ status: 200, body: '{"status":"answered"}' });
    await closed;
    begun.destroy();
    probe.destroy();
  });

  test('does not wait for a client that left before its answer', async () => {
    const leaving = httpRequest(`${url}/v1/things/behaviour/gate`, {
      agent: false,
      headers: { authorization },
    });
    leaving.on('error', () => undefined).end();
    await until(() => gate.arrived === 1);
    leaving.destroy();
    await until(() => service.drain.isIdle);
    gate.open();
    await drainAndClose(service);
    expect(gate.isDestroyed).toBe(true);
  });

  test('ends what says that it would not end by itself, once', async () => {
    let ended = 0;
    service.drain.whenBegun(() => (ended += 1));
    expect(ended).toBe(0);
    await drainAndClose(service);
    service.drain.begin();
    expect(ended).toBe(1);
  });

  test('fails no request of clients that keep their connections', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const outcomes: (number | string | undefined)[] = [];
    let isDraining = false;
    const client = async () => {
      while (!isDraining) outcomes.push(await get('/v1/things/1', agent).then((a) => a.status, String));
    };
    const clients = Array.from({ length: 8 }, client);
    await until(() => outcomes.length > 50);
    const closed = drainAndClose(service);
    isDraining = true;
    await Promise.all(clients);
    await closed;
    expect(new Set(outcomes)).toEqual(new Set([200]));
    agent.destroy();
  });
});
