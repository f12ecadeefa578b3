import { Redis } from 'ioredis';

/** The ids of all replies to a pattern, also of those that nobody waits for. */
export interface ReplyLog {
  readonly ids: readonly string[];
  stop(): void;
}

export async function listenForReplies(redisUrl: string, pattern: string): Promise<ReplyLog> {
  const ids: string[] = [];
  const listener = new Redis(redisUrl);
  listener.on('message', (_channel, message) => ids.push((JSON.parse(message) as { id: string }).id));
  await listener.subscribe(`${pattern}.reply`);
  return { ids, stop: () => listener.disconnect() };
}
