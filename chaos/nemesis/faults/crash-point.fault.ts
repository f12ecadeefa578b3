import { CRASH_POINTS, type CrashPoint, type CrashPointName } from '../../inject/crash-points.ts';
import type { Arming } from '../../inject/agent-commands.ts';
import type { Replica } from '../../site/site.interface.ts';
import type { Fault } from '../fault.interface.ts';
import { tellAgent } from '../tell-agent.ts';
import { bringUpReplica, replicaNamed } from '../../site/upkeep.ts';
import { SERVICE } from './service.fault.ts';

const LATE: readonly {
  name: string;
  matrix: `F${number}`;
  point: CrashPointName;
  ms: number;
  words: string;
}[] = [
  {
    name: 'late-insert',
    matrix: 'F12',
    point: 'after-lock',
    ms: 10_500,
    words: 'a create of one replica waits under its lock until the lock has ended, and then goes on',
  },
  {
    name: 'late-commit',
    matrix: 'F12',
    point: 'after-insert',
    ms: 2000,
    words: 'creates with an idempotency key of one replica wait for 2 s between insert and commit',
  },
  {
    name: 'late-set',
    matrix: 'F22',
    point: 'after-commit',
    ms: 1500,
    words: 'creates of one replica set their key 1.5 s after their commit, when the broadcast may be over',
  },
  {
    name: 'late-close',
    matrix: 'F20',
    point: 'before-close',
    ms: 1500,
    words:
      'ends of broadcasts of one replica delete the key 1.5 s after their commit, when the next one may be active',
  },
  {
    name: 'late-listener',
    matrix: 'F20',
    point: 'listener-before-close',
    ms: 1500,
    words:
      'the listener of one replica acts 1.5 s late, when the next broadcast may be active and the relay has sent again',
  },
  {
    name: 'late-mark',
    matrix: 'F20',
    point: 'before-mark',
    ms: 3500,
    words:
      'the relay of one replica marks events after its claim on them has ended, when another one has sent them again',
  },
];

/** A process dies at each numbered point of the code, or one call waits there. */
export const CRASH_POINT_FAULTS: readonly Fault[] = [
  ...CRASH_POINTS.map(({ number, name, sentence }: CrashPoint): Fault => ({
    ...SERVICE,
    name: `service-crash-${name}`,
    matrix: 'F11',
    sentence: `crash point ${number}: a replica kills itself when ${sentence}`,
    lastsMs: [1000, 4000],
    apply: (site, target) => armed(replicaNamed(site, target), name, { mode: 'crash' }),
  })),
  ...LATE.map(({ name, matrix, point, ms, words }): Fault => ({
    ...SERVICE,
    name,
    matrix,
    sentence: words,
    lastsMs: [1500, 4000],
    apply: (site, target) => armed(replicaNamed(site, target), point, { mode: 'pause', ms, every: true }),
  })),
];

async function armed(replica: Replica, point: CrashPointName, arming: Arming): ReturnType<Fault['apply']> {
  let reached = 0;
  const end = replica.agent.onReport((report) => {
    if (report.command === 'reached' && report.point === point) reached += 1;
  });
  try {
    await tellAgent(replica, { command: 'arm', point, ...arming });
  } catch (error) {
    end();
    throw error;
  }
  return async () => {
    // A process that died, here or otherwise, has taken its points with it.
    if (replica.process) await tellAgent(replica, { command: 'disarm', point }).catch(() => undefined);
    end();
    if (arming.mode === 'crash') await bringUpReplica(replica);
    return reached === 0 ? 'not reached' : `reached ${reached} times`;
  };
}
