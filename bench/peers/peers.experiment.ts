import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { TEST_JWT_SECRET } from '../../test/support/api-client.ts';
import { DIST } from '../../tools/paths.ts';
import type { PeerReply, PeerResult, PeerTurn } from '../contenders/peers/peer.interface.ts';
import { PROCESSES, processorTime } from '../cost/processor-time.ts';
import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { removeGuard } from '../http/plain-tables.ts';
import { inTurn } from '../in-turn.ts';
import { ratios } from '../report/statistics.ts';
import { untilDelivered } from '../site/until-delivered.ts';

/** No worker takes a peer's jobs, so the events of `guard-only` wait, too. `guard` is with all that follows a create. */
const PEERS = ['guard', 'guard-only', 'advisory-lock', 'bullmq', 'pg-boss'] as const;
type PeerName = (typeof PEERS)[number];
const isOurs = (name: PeerName): boolean => name.startsWith('guard');
const AT_ONCE = 32;

interface RunningPeer {
  readonly name: PeerName;
  readonly pid: number;
  turn(turn: PeerTurn): Promise<PeerResult>;
  stop(): Promise<void>;
}

/** What else one would take to let a customer have only one. Each peer stands still outside of its turns. */
export const peers: Experiment = {
  name: 'peers',
  sentence: `Our guard without HTTP, with all that follows a create and with nothing of it, a queue of pg-boss with the policy "exclusive", deduplication of BullMQ, and an advisory lock with a look at both tables: ${AT_ONCE} creates of fresh customers at once, all with the same insert.`,
  run: async (context) => {
    const running: RunningPeer[] = [];
    try {
      for (const name of PEERS) running.push(await start(context, name));
      return await measure(context, running);
    } finally {
      await Promise.all(running.map((peer) => peer.stop()));
    }
  },
};

async function measure(context: BenchContext, running: readonly RunningPeer[]): Promise<Figure[]> {
  const { quick } = context;
  const rounds = () =>
    Object.fromEntries(PEERS.map((name) => [name, []])) as unknown as Record<PeerName, number[]>;
  const perSecond = rounds();
  const us = rounds();
  const turn = (prefix: string): PeerTurn => ({
    prefix,
    atOnce: AT_ONCE,
    warmUpMs: quick ? 300 : 2000,
    measureMs: quick ? 700 : 6000,
  });
  if (!quick) for (const peer of running) await peer.turn(turn('unmeasured'));
  for (let round = 0; round < context.rounds; round += 1) {
    for (const peer of inTurn(running, round)) {
      const before = usedBy(peer);
      const result = await peer.turn(turn(`round-${round}`));
      us[peer.name].push((usedBy(peer) - before) / result.creates);
      perSecond[peer.name].push(result.perSecond);
      context.progress(
        `round ${round + 1}/${context.rounds}, ${peer.name}: ${result.perSecond.toFixed(0)} a second`,
      );
    }
  }
  const best = perSecond.guard.map((_, round) =>
    Math.max(...PEERS.filter((name) => !isOurs(name)).map((name) => perSecond[name][round]!)),
  );
  return [
    {
      what: 'guard / best peer of the round',
      unit: 'ratio',
      rounds: ratios(perSecond.guard, best),
      target: { atLeast: 1.5 },
    },
    {
      what: 'guard, nothing that follows / best peer of the round',
      unit: 'ratio',
      rounds: ratios(perSecond['guard-only'], best),
      target: null,
    },
    ...PEERS.map((name): Figure => ({
      what: name,
      unit: 'per second',
      rounds: perSecond[name],
      target: null,
    })),
    ...PEERS.map((name): Figure => ({
      what: `processor time of a create, ${name}`,
      unit: 'us',
      rounds: us[name],
      target: null,
    })),
  ];
}

/** Microseconds of all processors. */
function usedBy({ pid }: RunningPeer): number {
  const used = processorTime(pid);
  return PROCESSES.reduce((sum, name) => sum + (used.get(name) ?? 0), 0);
}

async function start(context: BenchContext, name: PeerName): Promise<RunningPeer> {
  const { redisUrl, lockUrls } = context.servers;
  // One for each, as they have customers of the same names.
  const redis: Partial<Record<PeerName, string>> = {
    guard: redisUrl,
    'guard-only': lockUrls[0]!,
    bullmq: lockUrls[1]!,
  };
  const database = await context.createDatabase();
  if (!isOurs(name)) await removeGuard(database.url);
  const child = fork(join(DIST, 'bench/bench/contenders/peers/main.js'), [name], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      DATABASE_URL: database.url,
      REDIS_URL: redis[name],
      AUTH_JWT_SECRET: TEST_JWT_SECRET,
      BROADCAST_TIMEOUT_SECONDS: '36000',
    },
  });
  await answerOf(child, name);
  child.kill('SIGSTOP');
  return {
    name,
    pid: child.pid!,
    turn: async (turn) => {
      child.kill('SIGCONT');
      child.send(turn);
      const answer = (await answerOf(child, name)) as PeerReply;
      if ('error' in answer) throw new Error(`${name}: ${answer.error}`);
      if (name === 'guard') await untilDelivered(database.url); // paid by the turn that has left it
      child.kill('SIGSTOP');
      return answer;
    },
    stop: async () => {
      child.kill('SIGCONT');
      child.send('stop');
      if (child.exitCode === null) await once(child, 'exit');
      await database.drop();
    },
  };
}

/** @throws Error when the process ends instead */
async function answerOf(child: ChildProcess, name: string): Promise<unknown> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      once(child, 'message', { signal: ended.signal }).then(([message]: unknown[]) => message),
      once(child, 'exit', { signal: ended.signal }).then(() => {
        throw new Error(`The process of ${name} has ended.`);
      }),
    ]);
  } finally {
    ended.abort();
  }
}
