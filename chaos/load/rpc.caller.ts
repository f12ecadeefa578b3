import {
  BroadcastNotSentException,
  BroadcastOutcomeUnknownException,
  BroadcastRefusedException,
} from '@app/customer-broadcast';
import { createTransportClient } from '@app/platform';
import { TruckRequestsClient } from '@app/truck-requests';

import type { AnswerBody } from '../../test/support/api-client.ts';
import type { Call, Caller, Reply } from './request.interface.ts';

const LIMIT_MS = 5_000;

/**
 * Talks to the services as another service does, straight to the Redis of the messages; which replica takes a message is
 * theirs to decide. Over this transport an answer does not say that it is a replay, and a success has no status: here a
 * create has 201, or 200 when it returned what was active, and find-active 204 when it found nothing.
 */
export class RpcCaller implements Caller {
  readonly #proxy;
  readonly #client: TruckRequestsClient;

  constructor(redisUrl: string) {
    this.#proxy = createTransportClient(redisUrl);
    // The worker repeats by itself, so that each attempt is an operation of its own.
    this.#client = new TruckRequestsClient(this.#proxy, { timeoutMs: LIMIT_MS, retries: 0 });
  }

  async send(call: Call): Promise<Reply> {
    try {
      const body = (await this.#request(call)) as AnswerBody | null;
      const status =
        body === null ? 204 : call.action !== 'create' ? 200 : body.cancel === undefined ? 201 : 200;
      return { answered: true, status, body: body ?? ({} as AnswerBody), replayed: false };
    } catch (error) {
      if (error instanceof BroadcastRefusedException)
        return {
          answered: true,
          status: error.status,
          body: error.problem as unknown as AnswerBody,
          replayed: false,
        };
      if (error instanceof BroadcastOutcomeUnknownException) return { answered: false, sent: true };
      if (error instanceof BroadcastNotSentException) return { answered: false, sent: false };
      throw error; // a mistake of ours
    }
  }

  /** The replica that claims the message first, whose name is not known. */
  nameOf(): null {
    return null;
  }

  async close(): Promise<void> {
    await this.#proxy.close();
  }

  #request(call: Call): Promise<unknown> {
    const { action, kind, actor, broadcastId, onActive, body } = call;
    const client = this.#client.forKind(kind);
    const key = call.idempotencyKey === null ? {} : { idempotencyKey: call.idempotencyKey };
    switch (action) {
      case 'create':
        return onActive === 'return'
          ? client.createOrFindActive(actor, body, key)
          : client.create(actor, body, { ...key, ...(onActive && { onActive }) });
      case 'cancel':
        return client.cancel(actor, broadcastId!, key);
      case 'accept':
        return client.accept(actor, broadcastId!, body, key);
      case 'get':
        return client.get(actor, broadcastId!);
      case 'find-active':
        return this.#client.findActive(actor);
      case 'start':
      case 'complete':
      case 'dispatched':
        throw new Error(`'${action}' cannot be asked for over the Redis transport; plan it over HTTP.`);
      default:
        return action satisfies never;
    }
  }
}
