import { type BroadcastActor, CustomerBroadcastClient } from '@app/customer-broadcast';
import { Logger } from '@nestjs/common';
import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { Redis } from 'ioredis';
import { startTestRedis, type TestRedis } from '../../../test/support/test-redis.ts';

/** A request as it comes over the wire. */
export interface HeardRequest {
  readonly id: string;
  readonly pattern: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What goes back: `response` or `err`, or undefined for silence. */
export type Reply = { readonly response: unknown } | { readonly err: unknown } | undefined;

/** The other end of the Redis transport, which answers as the test says. */
export interface TransportPeer {
  /** In the order of arrival. */
  readonly heard: HeardRequest[];
  answer: (request: HeardRequest, index: number) => Reply;
  /** Answers a request now, whether it has been answered or not. */
  reply(request: HeardRequest, reply: Reply): Promise<void>;
  stop(): void;
}

export async function startTransportPeer(url: string, patterns: readonly string[]): Promise<TransportPeer> {
  const options = { maxRetriesPerRequest: null, retryStrategy: () => 20 };
  const [subscriber, publisher] = [new Redis(url, options), new Redis(url, options)];
  for (const client of [subscriber, publisher]) client.on('error', () => undefined);
  const peer: TransportPeer = {
    heard: [],
    answer: ({ data }) => ({ response: data }),
    reply: async ({ id, pattern }, reply) => {
      await publisher.publish(`${pattern}.reply`, JSON.stringify({ ...reply, isDisposed: true, id }));
    },
    stop: () => [subscriber, publisher].forEach((client) => client.disconnect()),
  };
  subscriber.on('message', (_channel, message) => {
    const request = JSON.parse(message) as HeardRequest;
    const reply = peer.answer(request, peer.heard.push(request) - 1);
    if (reply !== undefined) void peer.reply(request, reply);
  });
  await subscriber.subscribe(...patterns);
  return peer;
}

/** Nest's client as a caller outside of these services has it. */
export function createProxy(url: string): ClientProxy {
  const { hostname: host, port, username, password } = new URL(url);
  return ClientProxyFactory.create({
    transport: Transport.REDIS,
    options: {
      host,
      port: Number(port),
      ...(username !== '' && { username, password }),
      retryAttempts: Number.MAX_SAFE_INTEGER,
      retryDelay: 50,
    },
  });
}

/** Whoever asks in the tests of the client, and a broadcast that nobody looks for. */
export const ACTOR: BroadcastActor = { sub: 'c1', role: 'customer' };
export const ID = '0199a1b2-0000-7000-8000-000000000000';

/** A Redis, the peer on it, and a client's connection to it. */
export interface ClientScene {
  readonly redis: TestRedis;
  readonly peer: TransportPeer;
  readonly proxy: ClientProxy;
  clientWith(timeoutMs: number, retries?: number): CustomerBroadcastClient;
  /** The peer has heard nothing, and answers with what it is sent. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startClientScene(): Promise<ClientScene> {
  Logger.overrideLogger(false); // Nest's client logs every attempt to connect
  const redis = await startTestRedis();
  const patterns = ['create', 'get', 'cancel', 'deliver', 'collect'].map((name) => `parcel.${name}`);
  const peer = await startTransportPeer(redis.url, [...patterns, 'customer-broadcast.find-active']);
  const proxy = createProxy(redis.url);
  return {
    redis,
    peer,
    proxy,
    clientWith: (timeoutMs, retries) =>
      new CustomerBroadcastClient(proxy, { timeoutMs, ...(retries !== undefined && { retries }) }),
    reset: () => {
      peer.heard.length = 0;
      peer.answer = ({ data }) => ({ response: data });
    },
    stop: async () => {
      await proxy.close();
      peer.stop();
      await redis.stop();
    },
  };
}

/** What a call rejects with. @throws Error with the answer when there is one */
export function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (answer) => Promise.reject(new Error(`answered with ${JSON.stringify(answer)}`)),
    (error: unknown) => error,
  );
}
