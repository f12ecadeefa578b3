import { Agent, request } from 'node:http';

import type { AnswerBody } from '../../test/support/api-client.ts';
import { pathOf, ROUTES } from '../../test/support/requests.ts';
import type { Replica, Site } from '../site/site.interface.ts';
import type { Call, Caller, Reply } from './request.interface.ts';
import { TokenCache } from './token-cache.ts';

/**
 * A service answers within 5 s. This is longer by more than a machine with too much to do delays an answer, so that what comes late
 * can be told from what never comes.
 */
const LIMIT_MS = 12_000;

/** Talks to the replicas over kept-alive connections. */
export class HttpCaller implements Caller {
  readonly #site: Site;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #tokens: TokenCache;

  constructor(site: Site) {
    this.#site = site;
    this.#tokens = new TokenCache(site.issuer);
  }

  async send(call: Call, replica: number): Promise<Reply> {
    const { url } = this.#replicaOf(call, replica);
    const { method, path } = routeOf(call);
    const text = method === 'GET' ? '' : JSON.stringify(call.body);
    const headers: Record<string, string | number> = {
      authorization: `Bearer ${await this.#tokens.of(call.actor)}`,
    };
    if (method === 'POST') {
      headers['content-type'] = 'application/json';
      headers['content-length'] = Buffer.byteLength(text);
    }
    if (call.idempotencyKey !== null) headers['idempotency-key'] = call.idempotencyKey;
    return this.#exchange(`${url}${path}`, method, headers, text);
  }

  nameOf(call: Call, replica: number): string {
    return this.#replicaOf(call, replica).name;
  }

  #replicaOf({ kind }: Call, replica: number): Replica {
    const replicas = this.#site.replicasOf(kind);
    return replicas[replica % replicas.length]!;
  }

  close(): Promise<void> {
    this.#agent.destroy();
    return Promise.resolve();
  }

  #exchange(
    url: string,
    method: string,
    headers: Record<string, string | number>,
    text: string,
  ): Promise<Reply> {
    return new Promise((resolve) => {
      const asked = request(url, { method, headers, agent: this.#agent });
      const limit = setTimeout(() => asked.destroy(new Error('no answer in time')), LIMIT_MS);
      const end = (reply: Reply): void => {
        clearTimeout(limit);
        resolve(reply);
      };
      asked.on('error', (error) => end({ answered: false, sent: !isRefusedConnection(error) }));
      asked.on('response', (answer) => {
        let received = '';
        answer.setEncoding('utf8').on('data', (part: string) => (received += part));
        answer.on('error', () => end({ answered: false, sent: true })); // cut off in the middle
        answer.on('end', () => {
          const body = parse(received);
          const replayed = answer.headers['idempotency-replayed'] === 'true';
          end(
            body && answer.complete
              ? { answered: true, status: answer.statusCode!, body, replayed }
              : { answered: false, sent: true },
          );
        });
      });
      asked.end(text);
    });
  }
}

/** The only failure in which no byte of the request has left: there was no connection to send it over. */
function isRefusedConnection(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNREFUSED' && error.syscall === 'connect';
}

function routeOf({ action, kind, broadcastId, onActive }: Call): { method: 'GET' | 'POST'; path: string } {
  switch (action) {
    case 'create':
      return { method: 'POST', path: ROUTES[kind] + (onActive === null ? '' : `?onActive=${onActive}`) };
    case 'find-active':
      return { method: 'GET', path: '/v1/active-broadcast' };
    case 'get':
      return { method: 'GET', path: pathOf(kind, broadcastId!) };
    case 'cancel':
    case 'accept':
    case 'start':
    case 'complete':
    case 'dispatched':
      return { method: 'POST', path: pathOf(kind, broadcastId!, action) };
    default:
      return action satisfies never;
  }
}

function parse(text: string): AnswerBody | null {
  if (text === '') return {} as AnswerBody;
  try {
    return JSON.parse(text) as AnswerBody;
  } catch {
    return null;
  }
}
