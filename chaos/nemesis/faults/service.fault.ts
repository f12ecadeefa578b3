import type { SeededRandom } from '../../random.ts';
import type { Site } from '../../site/site.interface.ts';
import type { Fault } from '../fault.interface.ts';
import { tellAgent } from '../tell-agent.ts';
import { bringUpReplica, killReplica, redeployReplica, replicaNamed } from '../../site/upkeep.ts';

export const SERVICE = {
  subject: 'service',
  target: ({ replicas }: Site, random: SeededRandom): string => random.pick(replicas).name,
} as const;

/** An hour, nearly: with more, the tokens of an hour would all be over, and nothing would reach the guard. */
const CLOCK_STEPS_MS = [-3_600_000, -5000, -500, 500, 5000, 3_000_000];

/** One takes longer than its fault lasts; the next is not begun before it has ended, as with any orchestrator. */
const deployments = new WeakMap<Site, Promise<string>>();

async function deploy({ replicas }: Site): Promise<string> {
  for (const replica of replicas) await redeployReplica(replica);
  return `${replicas.length} replicas deployed`;
}

export const SERVICE_FAULTS: readonly Fault[] = [
  {
    ...SERVICE,
    name: 'service-kill',
    matrix: 'F11',
    sentence: 'a replica is killed at any moment, and started again',
    lastsMs: [100, 3000],
    apply: async (site, target) => {
      const replica = replicaNamed(site, target);
      await killReplica(replica);
      return () => bringUpReplica(replica).then(() => null);
    },
  },
  {
    ...SERVICE,
    name: 'service-kill-all',
    matrix: 'F21',
    sentence:
      'all replicas of both services are killed at once, and started again: meanwhile no replica listens',
    lastsMs: [100, 2000],
    target: () => 'all replicas',
    apply: async ({ replicas }) => {
      await Promise.all(replicas.map(killReplica));
      return async () => {
        await Promise.all(replicas.map(bringUpReplica));
        return null;
      };
    },
  },
  ...[
    { name: 'service-pause', lastsMs: [500, 1500] as const, words: 'for about 1 s' },
    {
      name: 'service-pause-past-lock',
      lastsMs: [10_500, 13_000] as const,
      words: "for longer than the lock's 10 s, and then goes on where it was",
    },
  ].map(({ name, lastsMs, words }): Fault => ({
    ...SERVICE,
    name,
    matrix: 'F12',
    sentence: `a replica hangs (SIGSTOP) ${words}`,
    lastsMs,
    apply: async (site, target) => {
      const replica = replicaNamed(site, target);
      if (!replica.process) throw new Error(`${target} is down`);
      await replica.process.pause();
      return () => bringUpReplica(replica).then(() => null);
    },
  })),
  {
    ...SERVICE,
    name: 'service-restart',
    matrix: 'F26',
    sentence: 'a rolling deployment: each replica in turn gets SIGTERM, drains and is started anew',
    lastsMs: [1000, 2000],
    target: () => 'all replicas',
    apply: (site) => {
      const underWay = deployments.get(site);
      if (underWay) return Promise.resolve(() => underWay.then(() => 'one was under way'));
      const deployed = deploy(site).finally(() => deployments.delete(site));
      deployments.set(site, deployed);
      deployed.catch(() => undefined); // the undo tells
      return Promise.resolve(() => deployed);
    },
  },
  ...(['redis', 'postgres'] as const).map((store): Fault => ({
    ...SERVICE,
    name: `start-without-${store}`,
    matrix: 'F30',
    sentence: `a replica is started when ${store === 'redis' ? 'every Redis' : 'Postgres'} is out of its reach, and finds it later`,
    lastsMs: [500, 2000],
    apply: async (site, target) => {
      const replica = replicaNamed(site, target);
      const { postgres, key, locks } = replica.proxies;
      const ways = store === 'redis' ? [key, ...locks] : [postgres];
      await killReplica(replica);
      for (const way of ways) way.refuse();
      try {
        await bringUpReplica(replica);
      } catch (error) {
        for (const way of ways) way.pass();
        throw error;
      }
      return () => {
        for (const way of ways) way.pass();
        return Promise.resolve(null);
      };
    },
  })),
  {
    ...SERVICE,
    name: 'clock-skew',
    matrix: 'F15',
    sentence: 'the wall clock of one replica steps by ±0.5 s, ±5 s, -1 h or +50 min, and back',
    lastsMs: [2000, 6000],
    apply: async (site, target, random) => {
      const replica = replicaNamed(site, target);
      const offsetMs = random.pick(CLOCK_STEPS_MS);
      await tellAgent(replica, { command: 'clock', offsetMs });
      return async () => {
        // A process that was started meanwhile has the right time.
        await tellAgent(replica, { command: 'clock', offsetMs: 0 }).catch(() => undefined);
        return `${offsetMs} ms`;
      };
    },
  },
];
