import { setImmediate as immediate } from 'node:timers/promises';

import type { EmbeddedServer } from '../../tools/embedded/embedded-server.interface.ts';
import type { Replica, Site } from './site.interface.ts';

/** Two faults may end one process, or bring it back, at the same moment; each part is dealt with one after the other. */
const queues = new WeakMap<object, Promise<unknown>>();

function inTurn<T>(part: object, work: () => Promise<T>): Promise<T> {
  const turn = (queues.get(part) ?? Promise.resolve()).then(work);
  queues.set(
    part,
    turn.catch(() => undefined),
  );
  return turn;
}

/** Resolves when nothing is being done to any of these. */
export async function atRest(parts: readonly object[]): Promise<void> {
  await Promise.all(parts.map((part) => inTurn(part, () => Promise.resolve())));
}

export function isDown(server: EmbeddedServer): Promise<boolean> {
  return Promise.race([server.exited.then(() => true), immediate(false)]);
}

/** Kills the server and, for Postgres, everything it has started. Nothing happens to one that is down. */
export function kill(server: EmbeddedServer): Promise<void> {
  return inTurn(server, async () => {
    if (!(await isDown(server))) await server.kill('SIGKILL');
  });
}

/** Starts what is down and wakes what is paused. Safe to call at any time. */
export function bringUp(server: EmbeddedServer): Promise<void> {
  return inTurn(server, async () => {
    if (await isDown(server)) await server.restart();
    else await server.kill('SIGCONT');
  });
}

/** An orderly end and a new start. */
export function restartServer(server: EmbeddedServer): Promise<void> {
  return inTurn(server, () => server.restart());
}

/** @throws Error when it is down: a dead server cannot be paused */
export function pause(server: EmbeddedServer): Promise<void> {
  return inTurn(server, async () => {
    if (await isDown(server)) throw new Error('the server is down');
    await server.kill('SIGSTOP');
  });
}

/** Kills the process of a replica, if it has one. */
export function killReplica(replica: Replica): Promise<void> {
  return inTurn(replica, async () => replica.process?.kill());
}

/** SIGTERM, the drain, and a new process. */
export function redeployReplica(replica: Replica): Promise<void> {
  return inTurn(replica, async () => {
    await replica.process?.stop();
    await replica.restart();
  });
}

/** A process is running afterwards, and not paused. */
export function bringUpReplica(replica: Replica): Promise<void> {
  return inTurn(replica, async () => {
    if (replica.process) await replica.process.resume();
    else await replica.restart();
  });
}

/** @throws Error when there is no such replica */
export function replicaNamed(site: Site, name: string): Replica {
  const replica = site.replicas.find((candidate) => candidate.name === name);
  if (!replica) throw new Error(`There is no replica '${name}'.`);
  return replica;
}
