import { afterEach, describe, expect, it } from '@jest/globals';
import { ServiceUnavailableException } from '@nestjs/common';
import { randomUUID } from 'node:crypto';

import { ActiveBroadcastHint } from '../src/hint/active-broadcast.hint.ts';
import { TerminalEventListener } from '../src/listeners/terminal-event.listener.ts';
import type { LiveFeed } from '../src/live/live-feed.service.ts';
import { PATIENT, redisOptions, startRedisScene, type RedisScene } from './redis-scene.ts';

const KEY = 'customer:active-broadcast:c1';
const NOBODY_WATCHES = { hear: () => undefined } as unknown as LiveFeed;

describe('the listener of terminal events', () => {
  let scene: RedisScene;
  let hint: ActiveBroadcastHint;

  afterEach(async () => {
    hint.onModuleDestroy();
    await scene.stop();
  });

  const listen = async (options?: typeof PATIENT): Promise<TerminalEventListener> => {
    scene = await startRedisScene(1);
    hint = new ActiveBroadcastHint(redisOptions((await scene.connect(options))[0]!));
    return new TerminalEventListener(hint, NOBODY_WATCHES);
  };
  const event = () => ({ kind: 'booking', broadcastId: randomUUID(), customerId: 'c1' });

  it('deletes the key of the broadcast that has ended, and acknowledges', async () => {
    const listener = await listen(PATIENT);
    const redis = scene.servers[0]!.client;
    const ended = event();
    await redis.set(KEY, `booking:${ended.broadcastId}`);
    expect(await listener.onTerminal(ended)).toEqual({ acknowledged: true });
    expect(await redis.exists(KEY)).toBe(0);
  });

  it('does not acknowledge while Redis hangs, and says so as an outage and not as a failure of its own', async () => {
    const listener = await listen();
    await scene.servers[0]!.pause();
    // The first one finds out, the second is not even sent.
    for (let time = 0; time < 2; time++)
      await expect(listener.onTerminal(event())).rejects.toBeInstanceOf(ServiceUnavailableException);
  });

  it('lets the error of a Redis that is there pass, which somebody has to look at', async () => {
    const listener = await listen(PATIENT);
    await scene.servers[0]!.client.config('SET', 'min-replicas-to-write', 1);
    await expect(listener.onTerminal(event())).rejects.toThrow('NOREPLICAS');
  });
});
