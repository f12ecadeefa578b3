import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { type EventStream, openEventStream, type StreamOptions } from '../support/event-stream.ts';
import { holdTransition, liveBySql, liveInFull, WHOLE_LIFE } from '../support/lives.ts';
import { clientOf, createBroadcast, type Kind, KINDS, newName, pathOf } from '../support/requests.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { waitFor } from '../support/wait.ts';

let database: TestDatabase;
let cluster: Cluster;
const open: EventStream[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  cluster = await startCluster({ bookings: 2, database });
});
afterEach(() => {
  for (const stream of open.splice(0)) stream.leave();
});
afterAll(async () => {
  await cluster.stop();
  await database.drop();
});

const urlOf = (service: Kind, replica = 0): string =>
  (service === 'booking' ? cluster.bookings : cluster.orders)[replica]!.url;

async function listen(
  sub: string,
  url = urlOf('booking'),
  options: StreamOptions = {},
): Promise<EventStream> {
  const stream = await openEventStream(url, sub, options);
  expect(stream).toMatchObject({ status: 200, contentType: 'text/event-stream' });
  open.push(stream);
  return stream;
}

const stepsOf = (kind: Kind, statuses: readonly string[]): string[] => statuses.map((to) => `${kind} ${to}`);

describe('the live view', () => {
  it.each(KINDS.flatMap((kind) => KINDS.map((service) => [kind, service] as const)))(
    'shows the whole life of a %s in order, from the service of a %s',
    async (kind, service) => {
      const sub = newName('life');
      const stream = await listen(sub, urlOf(service));
      await liveInFull(cluster, kind, sub);
      const events = await stream.reached(WHOLE_LIFE.length);
      expect(stream.steps).toEqual(stepsOf(kind, WHOLE_LIFE));
      const { broadcastId } = events[0]!.data;
      const { body } = await clientOf(cluster, kind, { sub }).get(pathOf(kind, broadcastId, 'history'));
      expect(events.map(({ data }) => data)).toEqual(
        body.items!.map((item) => ({ kind, broadcastId, ...item })),
      );
      expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['transition']));
    },
  );

  it('shows what was written by SQL, and both kinds in one stream', async () => {
    const sub = newName('sql');
    const stream = await listen(sub, urlOf('order'));
    await liveBySql(database, sub);
    await createBroadcast(clientOf(cluster, 'order', { sub }), 'order');
    await stream.reached(3);
    expect(stream.steps.slice(0, 3)).toEqual(['booking created', 'booking cancelled', 'order created']);
    expect(stream.events[0]!.data).toMatchObject({ from: null, by: 'sql:postgres', reason: null });
  });

  it('begins with what happens after it was opened', async () => {
    const sub = newName('fresh');
    await liveBySql(database, sub);
    const stream = await listen(sub);
    await liveBySql(database, sub);
    await stream.reached(2);
    await waitFor(() => stream.steps.length === 2);
    expect(stream.steps).toEqual(['booking created', 'booking cancelled']);
  });

  it('shows no customer what is another’s', async () => {
    const [mine, other] = [newName('mine'), newName('other')];
    const streams = await Promise.all([listen(mine), listen(other), listen(mine, urlOf('order'))]);
    await Promise.all([liveBySql(database, mine), liveInFull(cluster, 'order', other)]);
    await liveBySql(database, mine);
    await Promise.all([streams[0].reached(4), streams[1].reached(WHOLE_LIFE.length), streams[2].reached(4)]);
    expect(streams.map(({ events }) => events.length)).toEqual([4, WHOLE_LIFE.length, 4]);
  });

  it('goes on exactly after each event, at any replica', async () => {
    const sub = newName('resume');
    const stream = await listen(sub);
    await liveInFull(cluster, 'booking', sub);
    await liveBySql(database, sub);
    await liveInFull(cluster, 'order', sub);
    const all = [...(await stream.reached(WHOLE_LIFE.length * 2 + 2))];
    const replicas = [urlOf('booking'), urlOf('booking', 1), urlOf('order')];
    // Of this one every event is caught up, and its ids are those of the pages and not of the feed.
    const caughtUp = await listen(sub, urlOf('order'), { lastEventId: all[0]!.id });
    await caughtUp.reached(all.length - 1);
    const points = [...all.entries(), ...caughtUp.events.map((event, k) => [k + 1, event] as const)];
    for (const [k, { id }] of points) {
      const resumed = await listen(sub, replicas[k % replicas.length], { lastEventId: id });
      const rest = all.slice(k + 1).map(({ data }) => data);
      await resumed.reached(rest.length);
      expect(resumed.events.map(({ data }) => data)).toEqual(rest);
    }
    // A client that was given something twice would have had it by the time that something new arrives.
    await liveBySql(database, sub);
    await waitFor(() => open.every(({ steps }) => steps.at(-1) === 'booking cancelled'));
    expect(open.slice(2).map(({ events }) => events.length)).toEqual(
      points.map(([k]) => all.length - k - 1 + 2),
    );
  });

  it('brings a transition with a lower id that was committed later, once, and to a client that resumes', async () => {
    const sub = newName('overlap');
    const stream = await listen(sub);
    const first = await holdTransition(database, sub);
    const second = await holdTransition(database, sub);
    await liveBySql(database, sub);
    await stream.reached(2);
    await second('COMMIT');
    await stream.reached(3);
    await liveBySql(database, sub);
    await stream.reached(5);
    // Some of those who resume do so before the row is there, and some after.
    const early = await Promise.all(
      stream.events.map(({ id }) => listen(sub, urlOf('order'), { lastEventId: id })),
    );
    await first('COMMIT');
    await stream.reached(6);
    const late = await Promise.all(
      stream.events.map(({ id }) => listen(sub, urlOf('booking', 1), { lastEventId: id })),
    );
    await liveBySql(database, sub);
    await Promise.all(
      open.map((one) => waitFor(() => one.steps.slice(-2).join() === 'booking created,booking cancelled')),
    );
    expect(stream.steps).toHaveLength(8);
    expect(early.map(({ events }) => events.length)).toEqual([7, 6, 5, 4, 3]);
    expect(late.map(({ events }) => events.length)).toEqual([7, 6, 5, 4, 3, 2]);
    expect(stream.events.at(-1)!.id).toMatch(/^\d+$/);
  });

  it.each([
    ['another role', { sub: 't1', role: 'transporter' }, {}, 403, 'FORBIDDEN'],
    ['no token', { sub: 'c1', role: 'customer' }, { authorization: '' }, 401, 'UNAUTHENTICATED'],
    ...[
      'x',
      '-1',
      '0x10',
      '1:',
      '5:7',
      '9:3,2',
      '9:3,4',
      '9:4-3',
      '01',
      '1'.repeat(5000),
      '999999999999999',
    ].map(
      (id) =>
        [
          `the id ${id.slice(0, 20)}`,
          { sub: 'c1', role: 'customer' },
          { 'last-event-id': id },
          400,
          'VALIDATION_FAILED',
        ] as const,
    ),
  ] as const)('refuses %s with a problem', async (_, actor, headers, status, code) => {
    const answer = await openEventStream(urlOf('booking'), actor, { headers });
    expect(answer).toMatchObject({
      status,
      contentType: expect.stringMatching(/^application\/problem\+json/),
    });
    expect(answer.problem).toMatchObject({ code });
    if (status === 400)
      expect(answer.problem.errors).toEqual([
        { field: 'Last-Event-ID', message: expect.stringContaining('leave the header out') },
      ]);
  });
});
