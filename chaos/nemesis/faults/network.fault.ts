import type { ProxyDirection, TcpProxy } from '../../../test/support/tcp-proxy.ts';
import type { SeededRandom } from '../../random.ts';
import type { Replica, Site } from '../../site/site.interface.ts';
import type { Fault, Undo } from '../fault.interface.ts';
import { repeatedly } from '../repetition.ts';
import { replicaNamed } from '../../site/upkeep.ts';
import { setTimeout as wait } from 'node:timers/promises';

const NETWORK = {
  subject: 'network',
  target: ({ replicas }: Site, random: SeededRandom): string => random.pick(replicas).name,
} as const;

const SIDES: readonly { name: string; direction: ProxyDirection; words: string }[] = [
  { name: '', direction: 'both', words: 'nothing passes' },
  { name: '-up', direction: 'up', words: 'nothing that the replica sends arrives' },
  { name: '-down', direction: 'down', words: 'what it sends arrives and takes effect, no answer does' },
];

/** Everything goes through a proxy for each replica and store. */
export const NETWORK_FAULTS: readonly Fault[] = [
  ...SIDES.flatMap(({ name, direction, words }) =>
    (['postgres', 'redis'] as const).map((store): Fault => ({
      ...NETWORK,
      name: `partition-service-${store}${name}`,
      matrix: 'F13',
      sentence: `between one replica and ${store === 'redis' ? 'every Redis' : 'Postgres'} ${words}`,
      lastsMs: [1000, 6000],
      apply: (site, target) => {
        const replica = replicaNamed(site, target);
        const ways = store === 'redis' ? redisWaysOf(replica) : [replica.proxies.postgres];
        for (const way of ways) way.drop(direction);
        return passingAgain(ways);
      },
    })),
  ),
  {
    ...NETWORK,
    name: 'connections-go-silent',
    matrix: 'F13',
    sentence: 'the open connections of one replica die without a goodbye; new ones work',
    lastsMs: [500, 2000],
    apply: (site, target) => {
      for (const way of waysOf(replicaNamed(site, target))) way.sever();
      return Promise.resolve(() => Promise.resolve(null));
    },
  },
  {
    ...NETWORK,
    name: 'latency',
    matrix: 'F14',
    sentence: 'each piece of data of one replica takes 50 to 500 ms longer, each way, and each another time',
    lastsMs: [2000, 6000],
    apply: (site, target, random) => {
      const ways = waysOf(replicaNamed(site, target));
      for (const way of ways) way.delay(() => 50 + random.int(451));
      return Promise.resolve(() => {
        for (const way of ways) way.delay(0);
        return Promise.resolve(null);
      });
    },
  },
  {
    ...NETWORK,
    name: 'one-byte-slices',
    matrix: 'F14',
    sentence: 'whatever one replica and its stores send each other arrives byte by byte',
    lastsMs: [2000, 6000],
    apply: (site, target) => {
      const ways = waysOf(replicaNamed(site, target));
      for (const way of ways) way.slice();
      return Promise.resolve(() => {
        for (const way of ways) way.slice(false);
        return Promise.resolve(null);
      });
    },
  },
  {
    ...NETWORK,
    name: 'reset-storm',
    matrix: 'F14',
    sentence: 'all connections of one replica are reset every 50 to 500 ms',
    lastsMs: [1000, 4000],
    apply: (site, target, random) => {
      const ways = waysOf(replicaNamed(site, target));
      const reset = (): Promise<void> => {
        for (const way of ways) way.reset();
        return Promise.resolve();
      };
      return Promise.resolve(repeatedly(reset, () => 50 + random.int(450)));
    },
  },
  {
    ...NETWORK,
    name: 'postgres-lost-ack',
    matrix: 'F10',
    sentence:
      'Postgres’ answers are held for 30 to 300 ms and then lost with their connections: what was committed stays committed',
    lastsMs: [1000, 4000],
    target: () => 'postgres',
    apply: ({ replicas }, _target, random) => {
      const ways = replicas.map(({ proxies }) => proxies.postgres);
      const undo = repeatedly(
        async () => {
          for (const way of ways) way.hold('down');
          await wait(30 + random.int(270));
          for (const way of ways) way.reset();
          for (const way of ways) way.pass();
        },
        () => 100 + random.int(400),
      );
      return Promise.resolve(undo);
    },
  },
];

function redisWaysOf({ proxies }: Replica): TcpProxy[] {
  return [proxies.key, ...proxies.locks];
}

function waysOf(replica: Replica): TcpProxy[] {
  return [replica.proxies.postgres, ...redisWaysOf(replica)];
}

function passingAgain(ways: readonly TcpProxy[]): Promise<Undo> {
  return Promise.resolve(() => {
    for (const way of ways) way.pass();
    return Promise.resolve(null);
  });
}
