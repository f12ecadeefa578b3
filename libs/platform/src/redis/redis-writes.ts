import type { Redis } from 'ioredis';
import type { Socket } from 'node:net';

/**
 * Lets the commands that are sent in one turn of the event loop leave in one write. A client writes each command by itself
 * otherwise, and these system calls were a third of what a create cost a service. Unlike `enableAutoPipelining` of ioredis it
 * changes nothing else: no command waits for the answer of an earlier one, each has its own time-out, and they are carried
 * out in the order in which they were given.
 *
 * @returns the same client
 * @see https://nodejs.org/docs/latest-v24.x/api/stream.html#writablecork
 */
export function coalesceWrites(client: Redis): Redis {
  const send = client.sendCommand.bind(client);
  let corked: Socket | undefined;
  client.sendCommand = (command, stream) => {
    // Not there before the first connection, and another one after each: it keeps what it was corked with.
    const { stream: socket } = client as unknown as { readonly stream?: Socket };
    if (socket && socket !== corked) {
      corked = socket;
      socket.cork();
      setImmediate(() => {
        if (corked === socket) corked = undefined;
        socket.uncork();
      });
    }
    return send(command, stream);
  };
  return client;
}
