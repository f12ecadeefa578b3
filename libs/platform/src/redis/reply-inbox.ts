import { randomUUID } from 'node:crypto';

/** What comes beside pattern and data in a packet of Nest. */
type Metadata = Record<string, string>;

const INBOX = /^reply-inbox\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A channel that one process alone hears. */
export function newInbox(channelPrefix: string): string {
  return `${channelPrefix}reply-inbox.${randomUUID()}`;
}

/** The metadata of a packet whose answer is to go to the inbox. */
export function withInbox(inbox: string, metadata: Metadata | undefined): Metadata {
  return { ...metadata, replyTo: inbox };
}

/**
 * Where the sender of a packet hears answers alone; null when it names no such channel. Anybody may publish a packet, and must
 * not have answers published on whatever channel they like.
 */
export function inboxOf(channelPrefix: string, metadata: unknown): string | null {
  if (typeof metadata !== 'object' || metadata === null || !('replyTo' in metadata)) return null;
  const { replyTo } = metadata;
  if (typeof replyTo !== 'string' || !replyTo.startsWith(channelPrefix)) return null;
  return INBOX.test(replyTo.slice(channelPrefix.length)) ? replyTo : null;
}
