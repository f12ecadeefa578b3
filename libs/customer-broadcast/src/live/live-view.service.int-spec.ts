import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { MessageEvent } from '@nestjs/common';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Observable, Subscription } from 'rxjs';
import type { DataSource } from 'typeorm';
import { addTransitions, liveBySql } from '../../../../test/support/lives.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { waitFor } from '../../../../test/support/wait.ts';
import { connect } from '../../test/data-source.ts';
import { metrics } from '../customer-broadcast.metrics.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { OutboxSignal } from '../outbox/outbox.signal.ts';
import { HistoryPosition } from './history-position.ts';
import { LiveConnection } from './live-connection.ts';
import { LiveFeed } from './live-feed.service.ts';
import { LiveHistoryRepository } from './live-history.repository.ts';
import { LiveViewService, LONGEST_STREAM_MS } from './live-view.service.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('the stream of a customer', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let server: Server;
  let feed: LiveFeed;
  let view: LiveViewService;
  const subscriptions: Subscription[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database);
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  beforeEach(() => {
    const history = new LiveHistoryRepository(dataSource);
    feed = new LiveFeed(history, new OutboxSignal());
    view = new LiveViewService({ heartbeatIntervalMs: 20 } as ResolvedOptions, feed, history);
  });
  afterEach(async () => {
    for (const subscription of subscriptions.splice(0)) subscription.unsubscribe();
    await feed.onModuleDestroy();
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await dataSource.destroy();
    await database.drop();
  });

  /** A response of a real server, over a connection that a client holds open. */
  async function connection(): Promise<LiveConnection> {
    const { port } = server.address() as AddressInfo;
    void fetch(`http://127.0.0.1:${port}`).catch(() => undefined);
    const [, response] = (await once(server, 'request')) as [
      unknown,
      ConstructorParameters<typeof LiveConnection>[0],
    ];
    return new LiveConnection(response);
  }

  interface Taken {
    readonly events: MessageEvent[];
    heartbeats: number;
    isComplete: boolean;
  }

  function take(stream: Observable<MessageEvent>): Taken {
    const taken: Taken = { events: [], heartbeats: 0, isComplete: false };
    subscriptions.push(
      stream.subscribe({
        next: (event) => {
          if (event.comment === undefined) taken.events.push(event);
          else taken.heartbeats += 1;
        },
        complete: () => (taken.isComplete = true),
      }),
    );
    return taken;
  }

  const liveClients = async (): Promise<number> => (await metrics.liveClients.get()).values[0]?.value ?? 0;

  it('has a heartbeat at once and then again and again', async () => {
    const taken = take(view.stream('c1', await view.startOf(undefined), await connection()));
    expect(taken.heartbeats).toBe(1);
    await waitFor(() => taken.heartbeats >= 5);
    expect(taken).toMatchObject({ events: [], isComplete: false });
  });

  it('ends when the feed is closed, and one that begins later ends at once', async () => {
    const start = await view.startOf(undefined);
    const taken = take(view.stream('c1', start, await connection()));
    feed.close();
    expect(taken.isComplete).toBe(true);
    expect(take(view.stream('c1', start, await connection())).isComplete).toBe(true);
    expect(await liveClients()).toBe(0);
  });

  it('ends after 15 minutes, so that the token is checked again', async () => {
    const start = await view.startOf(undefined);
    const to = await connection();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance'] });
    try {
      const taken = take(view.stream('c1', start, to));
      jest.advanceTimersByTime(LONGEST_STREAM_MS - 1);
      expect(taken.isComplete).toBe(false);
      jest.advanceTimersByTime(1);
      expect(taken.isComplete).toBe(true);
    } finally {
      jest.useRealTimers();
    }
    expect(LONGEST_STREAM_MS).toBe(900_000);
  });

  it('reads a long absence in pages, and no page before the one before it was sent', async () => {
    await addTransitions(database, 'absent', 1000);
    const to = await connection();
    let send: () => void = () => undefined;
    jest.spyOn(to, 'whenSent').mockImplementation(() => new Promise((resolve) => (send = resolve)));
    const taken = take(view.stream('absent', HistoryPosition.at(0), to));
    for (let page = 1; page <= 5; page++) {
      await waitFor(() => taken.events.length >= page * 200);
      await feed.now();
      expect(taken.events).toHaveLength(page * 200);
      send();
    }
    await liveBySql(database, 'absent');
    await waitFor(() => taken.events.length === 1002);
  });

  it('ends for a client that does not take what it missed while much more happens', async () => {
    await addTransitions(database, 'slow', 500);
    const to = await connection();
    jest.spyOn(to, 'whenSent').mockImplementation(() => new Promise(() => undefined));
    const taken = take(view.stream('slow', HistoryPosition.at(0), to));
    await waitFor(() => taken.events.length === 200);
    await addTransitions(database, 'slow', 600);
    await waitFor(() => taken.isComplete);
    expect(taken.events).toHaveLength(200);
  });

  it('leaves nothing in memory of a thousand clients that have gone', async () => {
    const start = await view.startOf(undefined);
    const remembered: WeakRef<object>[] = [];
    const visit = async (): Promise<void> => {
      const shared = await connection();
      const visitors = Array.from({ length: 1000 }, (_, n) => {
        const own = Object.create(shared) as LiveConnection;
        remembered.push(new WeakRef(own));
        return view.stream(`visitor-${n}`, start, own).subscribe();
      });
      expect(await liveClients()).toBe(1000);
      await feed.now();
      for (const visitor of visitors) visitor.unsubscribe();
    };
    await visit();
    await feed.now();
    expect(await liveClients()).toBe(0);
    await waitFor(
      () => {
        collectGarbage();
        return remembered.every((one) => one.deref() === undefined);
      },
      { describe: 'every client to be collected', timeoutMs: 10_000 },
    );
    const { readers, waiting } = feed as unknown as { readers: Map<string, unknown>; waiting: unknown[] };
    expect({ readers: readers.size, waiting: waiting.length, observers: feed.closed.observed }).toEqual({
      readers: 0,
      waiting: 0,
      observers: false,
    });
  });
});
