import type { ClientProxy } from '@nestjs/microservices';
import type { Command, Redis } from 'ioredis';

/** Nest makes new connections when it has given up on the old ones. By connection: the patterns of our requests. */
const attended = new WeakMap<object, Set<string>>();

/**
 * Keeps the caller's process alive, and its requests from being sent when nobody waits for them any more.
 *
 * Nest's Redis client looks at no result of its PUBLISH and UNSUBSCRIBE, and in Node a rejection that nobody handles ends the
 * process: a missing right or an outage of some length would do. Whoever waits for the answer hears of it by the time-out, and
 * whoever looks at a result still gets it.
 *
 * ioredis sends a command again on the next connection when the last one was lost before its reply. For a request that would
 * be minutes after its caller has given up, and a create would come about that nobody asks for any more. So a request is
 * written once, at once, or not at all; what else the owner of the connection publishes is his.
 *
 * @param pattern of the request that is about to be sent
 * @see https://github.com/redis/ioredis#auto-reconnect autoResendUnfulfilledCommands
 */
export function attendCommands(proxy: ClientProxy, pattern: string): void {
  for (const connection of proxy.unwrap<readonly Redis[]>()) {
    const patterns = attended.get(connection);
    if (patterns) patterns.add(pattern);
    else attend(connection, new Set([pattern]));
  }
}

function attend(connection: Redis, patterns: Set<string>): void {
  attended.set(connection, patterns);
  const sent = new WeakSet<Command>();
  const send = connection.sendCommand.bind(connection);
  connection.sendCommand = (command, stream) => {
    const isRequest = command.name === 'publish' && patterns.has(String(command.args[0]));
    const isTooLate = isRequest && (sent.has(command) || connection.status !== 'ready');
    if (isRequest) sent.add(command);
    if (isTooLate) command.reject(new Error('The connection was lost before the request was sent.'));
    const result = isTooLate ? command.promise : send(command, stream);
    void Promise.resolve(result).catch(() => undefined);
    return result;
  };
}
