import type { Redis } from 'ioredis';

/**
 * Lets each command fail that has no answer in time, as `commandTimeout` of ioredis does, but never blames Redis for a stall
 * of this process. After one, Node runs the timers that are overdue before it reads what has arrived: the answer may lie
 * in the socket. So a command whose time is up is given until everything that has arrived is read.
 *
 * @returns the same client
 * @see https://nodejs.org/en/learn/asynchronous-work/event-loop-timers-and-nexttick poll and check phase
 */
export function limitAnswers(client: Redis, limitMs: number): Redis {
  const send = client.sendCommand.bind(client);
  client.sendCommand = (command, stream) => {
    const result = send(command, stream);
    const giveUp = (): void => command.reject(new Error(`No answer within ${limitMs} ms`)); // answered by now: no effect
    const timer = setTimeout(() => setImmediate(giveUp), limitMs);
    const settled = (): void => clearTimeout(timer);
    command.promise.then(settled, settled);
    return result;
  };
  return client;
}
