import type { EmbeddedServer } from '../../../tools/embedded/embedded-server.interface.ts';
import type { SeededRandom } from '../../random.ts';
import type { Site } from '../../site/site.interface.ts';
import type { Fault, Undo } from '../fault.interface.ts';
import { withRedis } from '../redis-session.ts';
import { repeatedly } from '../repetition.ts';
import { bringUp, kill, pause } from '../../site/upkeep.ts';

const LOCK = { subject: 'lock' } as const;

/** The three masters of the create lock. */
export const LOCK_NODE_FAULTS: readonly Fault[] = [
  {
    ...LOCK,
    name: 'lock-flush-two',
    matrix: 'F4',
    sentence: 'two of the three lock nodes lose everything every 50 ms: a lock may have two holders',
    lastsMs: [1000, 4000],
    target: chooseNodes(2),
    apply: (site, target) => {
      const nodes = nodesOf(site, target);
      const flush = () => Promise.all(nodes.map(({ url }) => withRedis(url, (redis) => redis.flushall())));
      return Promise.resolve(repeatedly(flush, () => 50));
    },
  },
  ...[
    { name: 'lock-one-down', count: 1, words: 'one of the three lock nodes is killed' },
    {
      name: 'lock-two-down',
      count: 2,
      words: 'two of the three lock nodes are killed: there is no majority',
    },
  ].map(({ name, count, words }): Fault => ({
    ...LOCK,
    name,
    matrix: 'F5',
    sentence: words,
    lastsMs: [1000, 5000],
    target: chooseNodes(count),
    apply: (site, target) => onEach(nodesOf(site, target), kill),
  })),
  ...[
    { name: 'lock-pause', count: 1, lastsMs: [1000, 4000] as const, words: 'one lock node hangs' },
    { name: 'lock-two-pause', count: 2, lastsMs: [1000, 4000] as const, words: 'two lock nodes hang' },
    {
      name: 'lock-pause-past-ttl',
      count: 3,
      lastsMs: [10_500, 12_000] as const,
      words: "all lock nodes hang for longer than the lock's 10 s, and then grant what was asked before",
    },
  ].map(({ name, count, lastsMs, words }): Fault => ({
    ...LOCK,
    name,
    matrix: 'F5',
    sentence: words,
    lastsMs,
    target: chooseNodes(count),
    apply: (site, target) => onEach(nodesOf(site, target), pause),
  })),
];

function chooseNodes(count: number): (site: Site, random: SeededRandom) => string {
  return ({ locks }, random) => {
    const left = locks.map((_, index) => index);
    const chosen = Array.from({ length: count }, () => left.splice(random.int(left.length), 1)[0]!);
    return chosen
      .sort()
      .map((index) => `lock-${index}`)
      .join(' ');
  };
}

function nodesOf({ locks }: Site, target: string): EmbeddedServer[] {
  return target.split(' ').map((name) => locks[Number(name.slice('lock-'.length))]!);
}

async function onEach(
  nodes: readonly EmbeddedServer[],
  hit: (node: EmbeddedServer) => Promise<void>,
): Promise<Undo> {
  await Promise.all(nodes.map(hit));
  return async () => {
    await Promise.all(nodes.map(bringUp));
    return null;
  };
}
