import type { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';

/** What Nest sends; ioredis asks a Redis of before 7.2 in vain for its name, and says nothing of it either. */
const REPORTED = new Set(['publish', 'subscribe', 'unsubscribe']);

/**
 * Makes every refusal of a command known to somebody. Nest's transport sends some without looking at what comes of them, and
 * in Node a rejection that nobody handles ends the process. Whoever does look still gets it.
 *
 * @returns the same client
 */
export function logRejections(client: Redis, logger: { warn: Logger['warn'] }): Redis {
  const send = client.sendCommand.bind(client);
  client.sendCommand = (command, stream) => {
    const reply = send(command, stream);
    void Promise.resolve(reply).catch((error: unknown) => {
      const { code } = error as { code?: unknown };
      // An answer of Redis, such as NOPERM; that the connection was lost has a line of its own.
      if (REPORTED.has(command.name) && isReplyError(error))
        logger.warn({ msg: 'redis refused', command: command.name, code, reason: error.message });
    });
    return reply;
  };
  return client;
}

/** An answer of a Redis that is there. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}
