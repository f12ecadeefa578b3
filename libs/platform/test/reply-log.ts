import { Redis } from 'ioredis';

/** The replies to a pattern, also those that nobody waits for. */
export interface ReplyLog {
  /** Of all, those in inboxes among them, whatever they reply to. */
  readonly ids: readonly string[];
  /** Of those on the channel of the pattern. */
  readonly shared: readonly string[];
  stop(): void;
}

export async function listenForReplies(redisUrl: string, pattern: string): Promise<ReplyLog> {
  const ids: string[] = [];
  const shared: string[] = [];
  const idOf = (message: string): string => (JSON.parse(message) as { id: string }).id;
  const listener = new Redis(redisUrl);
  listener.on('pmessage', (_pattern, _channel, message: string) => ids.push(idOf(message)));
  listener.on('message', (_channel, message: string) => {
    ids.push(idOf(message));
    shared.push(idOf(message));
  });
  await listener.subscribe(`${pattern}.reply`);
  await listener.psubscribe('reply-inbox.*');
  return { ids, shared, stop: () => listener.disconnect() };
}
