import type { ClientProxy } from '@nestjs/microservices';
import type { Redis } from 'ioredis';

/** Nest makes new connections when it has given up on the old ones. */
const attended = new WeakSet<object>();

/**
 * Keeps the caller's process alive. Nest's Redis client looks at no result of its PUBLISH and UNSUBSCRIBE, and in Node a
 * rejection that nobody handles ends the process: a missing right or an outage of some length would do. Whoever waits for the
 * answer hears of it by the time-out, and whoever looks at a result still gets it.
 */
export function attendCommands(proxy: ClientProxy): void {
  for (const connection of proxy.unwrap<readonly Redis[]>()) {
    if (attended.has(connection)) continue;
    attended.add(connection);
    const send = connection.sendCommand.bind(connection);
    connection.sendCommand = (command, stream) => {
      const result = send(command, stream);
      void Promise.resolve(result).catch(() => undefined);
      return result;
    };
  }
}
