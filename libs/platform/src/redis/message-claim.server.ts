import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { HealingRedisServer } from './redis-transport.server.ts';

/** Redis publishes a message to every replica within milliseconds; a claim only has to outlive the slowest of them. */
const CLAIM_MS = 60_000;

/** Every answer comes within 5 s: nobody waits for what is claimed later, and a retry may be under way. */
const CLAIM_TIMEOUT_MS = 5_000;

/** Twice what HTTP takes as a body: a larger message is not worth parsing. */
const MAX_MESSAGE_BYTES = 64 * 1024;

const MAX_ID_CHARACTERS = 100;

type RawMessage = string | Buffer;

/**
 * The Redis transport on which a request is carried out by exactly one of the processes that hear it, and answered once.
 * Publish/subscribe brings it to all of them; whoever is the first to claim its id goes on, the others stay silent. What
 * has an event handler is for everybody, also when its sender wants an acknowledgement and gave it an id.
 *
 * Whoever dies with a claim takes the request with it: the caller times out and sends it again, as a new message, with its
 * idempotency key. A claim that could not be asked for is not made, for the same reason: silence is safer than two answers.
 * A claim that came only after 5 s, when Redis was back from a pause say, is let go: what nobody waits for is not carried out.
 *
 * The claim is made here and not in an interceptor, because a handler that was reached cannot stay silent: Nest would end
 * the caller's stream with an empty answer.
 *
 * @publicApi
 */
export class MessageClaimServer extends HealingRedisServer {
  private readonly owner = randomUUID();

  override async handleMessage(
    channel: string,
    buffer: RawMessage,
    pub: Redis,
    pattern: string,
  ): Promise<void> {
    if (buffer.length > MAX_MESSAGE_BYTES) {
      this.logger.warn({ channel, bytes: buffer.length }, 'message refused: too large');
      return;
    }
    const id = requestIdOf(buffer);
    if (id === null) {
      this.logger.warn(
        { channel },
        'message refused: it is no packet of pattern, data and an id of 1 to 100 characters',
      );
      return;
    }
    const isEvent = this.getHandlerByPattern(channel)?.isEventHandler === true;
    if (!isEvent && id === undefined) {
      this.logger.warn({ channel }, 'message refused: without an id every replica would carry it out');
      return;
    }
    if (!isEvent && id !== undefined && !(await this.claim(pub, channel, id))) return;
    await super.handleMessage(channel, buffer as string, pub, pattern);
  }

  private async claim(pub: Redis, channel: string, id: string): Promise<boolean> {
    const startedAt = performance.now();
    try {
      const reply = await pub.set(`message-claim:${channel}:${id}`, this.owner, 'PX', CLAIM_MS, 'NX');
      if (reply !== 'OK') return false;
      if (performance.now() - startedAt < CLAIM_TIMEOUT_MS) return true;
      this.logger.warn({ channel }, 'message left alone: its claim came too late');
      return false;
    } catch (error) {
      this.logger.warn({ channel, reason: String(error) }, 'message left alone: its claim could not be made');
      return false;
    }
  }
}

/**
 * @returns undefined for an event, null for what is no packet or has an id that is none. Nest would take an object without
 *   pattern and data for the data itself, and carry it out without an answer.
 */
function requestIdOf(buffer: RawMessage): string | null | undefined {
  let packet: unknown;
  try {
    packet = JSON.parse(buffer.toString());
  } catch {
    return null;
  }
  if (typeof packet !== 'object' || packet === null) return null;
  if (!Object.hasOwn(packet, 'pattern') && !Object.hasOwn(packet, 'data')) return null;
  if (!('id' in packet) || packet.id === undefined) return undefined;
  const { id } = packet;
  return typeof id === 'string' && id.length >= 1 && id.length <= MAX_ID_CHARACTERS ? id : null;
}
