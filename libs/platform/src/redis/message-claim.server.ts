import { RedisContext } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { arrivedNow } from '../http/request-arrival.ts';
import { PlatformException } from '../problems/platform.exception.ts';
import { PLATFORM_PROBLEMS } from '../problems/problem.constants.ts';
import { mapToProblem } from '../problems/problem.mapper.ts';
import type { MessageClaimRepository } from './message-claim.repository.ts';
import { isReplyError } from './redis-rejections.ts';
import type { RedisTransportOptions } from './redis-transport.options.ts';
import { HealingRedisServer } from './redis-transport.server.ts';

/** Redis publishes a message to every replica within milliseconds; a claim only has to outlive the slowest of them. */
const CLAIM_MS = 60_000;

/** Every answer comes within 5 s: nobody waits for what is claimed later, and a retry may be under way. */
const ANSWER_LIMIT_MS = 5_000;

/** What Postgres has to answer in: a busy process may need seconds for it. Under the 3 s within which the answer has to be there. */
const DURABLE_CLAIM_LIMIT_MS = 2_500;

/** Twice what HTTP takes as a body: a larger message is not worth parsing. */
const MAX_MESSAGE_BYTES = 64 * 1024;

/** Postgres keeps no NUL. */
const ID = /^[^\0]{1,100}$/s;

type RawMessage = string | Buffer;

/**
 * The Redis transport on which a request is carried out by exactly one of the processes that hear it, and answered once.
 * Publish/subscribe brings it to all of them; whoever is the first to claim its id goes on, the others stay silent. What
 * has an event handler is for everybody, also when its sender wants an acknowledgement and gave it an id.
 *
 * Whoever dies with a claim takes the request with it: the caller times out and sends it again, as a new message, with its
 * idempotency key. A claim that could not be asked for is not made, for the same reason: silence is safer than two answers.
 * What nobody waits for is not carried out: the claim of a message that may have been published 5 s ago, because what Redis
 * sends was held up, is let go.
 *
 * Redis decides early and cheaply who asks Postgres, and Postgres decides: a replica that hears a message a moment late would
 * otherwise carry it out a second time when Redis has lost the claim meanwhile. Without Postgres the answer is 503.
 *
 * The claim is made here and not in an interceptor, because a handler that was reached cannot stay silent: Nest would end
 * the caller's stream with an empty answer.
 *
 * @publicApi
 */
export class MessageClaimServer extends HealingRedisServer {
  private readonly owner = randomUUID();

  constructor(
    options: RedisTransportOptions,
    private readonly claims: MessageClaimRepository,
  ) {
    super(options);
  }

  override handleMessage(channel: string, buffer: RawMessage, pub: Redis, pattern: string): Promise<void> {
    return arrivedNow(() => this.handleArrived(channel, buffer, pub, pattern));
  }

  private async handleArrived(
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
    if (!isEvent && id !== undefined) {
      try {
        if (!(await this.claim(pub, channel, id))) return;
      } catch (error) {
        await this.refuse(pub, pattern, id, error);
        return;
      }
    }
    await super.handleMessage(channel, buffer as string, pub, pattern);
  }

  /** @throws Error when Postgres cannot say whether it is ours; it is then carried out by nobody */
  private async claim(pub: Redis, channel: string, id: string): Promise<boolean> {
    const publishedAfterMs = this.publishedAfterMs;
    const messageId = `${channel}:${id}`;
    try {
      const reply = await pub.set(
        `${this.channelPrefix}message-claim:${messageId}`,
        this.owner,
        'PX',
        CLAIM_MS,
        'NX',
      );
      if (reply !== 'OK') return false;
    } catch (error) {
      if (!isOnAnotherNode(error)) {
        this.logger.warn(
          { channel, reason: String(error) },
          'message left alone: its claim could not be made',
        );
        return false;
      }
    }
    if (performance.now() - publishedAfterMs >= ANSWER_LIMIT_MS) {
      this.logger.warn({ channel }, 'message left alone: its claim came too late');
      return false;
    }
    return withinLimit(this.claims.claim(messageId));
  }

  private async refuse(pub: Redis, pattern: string, id: string, error: unknown): Promise<void> {
    this.logger.warn({ pattern, reason: String(error) }, 'message refused: Postgres could not be asked');
    const { problem } = mapToProblem(error, pattern, PLATFORM_PROBLEMS);
    const publish = this.getPublisher(pub, pattern, id, new RedisContext([pattern]));
    await publish({ err: problem, isDisposed: true });
  }
}

/** A node of a Redis Cluster passes on every message, and keeps a part of the keys: Postgres alone decides then. */
function isOnAnotherNode(error: unknown): boolean {
  return isReplyError(error) && error.message.startsWith('MOVED ');
}

async function withinLimit(claim: Promise<boolean>): Promise<boolean> {
  const answered = new AbortController();
  const { signal } = answered;
  try {
    return await Promise.race([
      claim,
      pause(DURABLE_CLAIM_LIMIT_MS, undefined, { signal }).then(() => {
        throw new PlatformException(
          'DEPENDENCY_UNAVAILABLE',
          `There was no claim within ${DURABLE_CLAIM_LIMIT_MS} ms. Nothing has changed; try again.`,
        );
      }),
    ]);
  } finally {
    answered.abort();
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
  return typeof id === 'string' && ID.test(id) ? id : null;
}
