/**
 * Loaded into a service by `--import`, before its own code; production processes do not load it. Puts hooks into the built
 * libraries, and takes commands for them from the fault test over a local socket. See {@link HookCommand}.
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { isMainThread } from 'node:worker_threads';

import type { HookCommand } from './agent-commands.ts';
import { ArmedPoints } from './armed-points.ts';
import { placePoints } from './place-points.ts';
import { shiftClock } from './shifted-clock.ts';
import { TakenOutParts } from './taken-out-parts.ts';

let line: Socket | null = null;

/** An idle socket takes a small write at once, so the report is under way even when the process dies at the next instruction. */
const report = (fields: Readonly<Record<string, unknown>>): void => {
  line?.write(`${JSON.stringify({ ...fields, pid: process.pid })}\n`);
};

const points = new ArmedPoints((point) => report({ command: 'reached', point }));
const parts = new TakenOutParts((eventId) => report({ command: 'heard', eventId }));

function carryOut(command: HookCommand): void {
  switch (command.command) {
    case 'arm':
      points.arm(command.point, command);
      break;
    case 'disarm':
      points.disarm(command.point);
      break;
    case 'switch':
      parts.set(command.name, command.on);
      break;
    case 'clock':
      shiftClock(command.offsetMs);
      break;
    default:
      throw new Error(`No such command: ${JSON.stringify(command satisfies never)}`);
  }
}

async function load(): Promise<void> {
  await parts.place();
  await placePoints(points);
  for (const command of JSON.parse(process.env.CHAOS_COMMANDS ?? '[]') as HookCommand[]) carryOut(command);
  if (process.env.CHAOS_AGENT_PORT === undefined) return;
  const socket = connect({ port: Number(process.env.CHAOS_AGENT_PORT), host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined); // the fault test has ended
  socket.unref(); // the process ends when its own work has
  line = socket;
  createInterface({ input: socket }).on('line', (text) => {
    const command = JSON.parse(text) as HookCommand & { readonly number?: number };
    carryOut(command);
    report({ command: 'done', number: command.number });
  });
}

// A worker thread of the service is not the service.
if (isMainThread) await load();
