import { type ClientRequest, type IncomingMessage, request } from 'node:http';

import { type Actor, type AnswerBody, signTestToken } from './api-client.ts';
import { waitFor } from './wait.ts';

const PATH = '/v1/active-broadcast/events';

export interface StreamEvent {
  readonly event: string;
  readonly id: string;
  readonly data: {
    readonly kind: string;
    readonly broadcastId: string;
    readonly from: string | null;
    readonly to: string;
    readonly at: string;
    readonly by: string;
    readonly reason: string | null;
  };
}

export interface EventStream {
  readonly status: number;
  readonly contentType: string;
  /** Of an answer that is no stream. */
  readonly problem: AnswerBody;
  /** In the order of arrival. */
  readonly events: StreamEvent[];
  readonly steps: string[];
  /** How many comments came so far. */
  readonly comments: number;
  /** Whether the server, or the network, has ended it. */
  readonly isEnded: boolean;
  /** Waits until so many events have come. */
  reached(count: number, timeoutMs?: number): Promise<StreamEvent[]>;
  /** Stops reading; the connection stays. */
  pause(): void;
  resume(): void;
  /** Leaves without a word, as a client does that lost its network. */
  leave(): void;
}

export interface StreamOptions {
  readonly lastEventId?: string | undefined;
  /** Instead of a token for the actor. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client of the live view. Resolves with the first byte of the body, which is never before the stream has its start. */
export async function openEventStream(
  url: string,
  actor: Actor | string,
  { lastEventId, headers }: StreamOptions = {},
): Promise<EventStream> {
  const who = typeof actor === 'string' ? ({ sub: actor, role: 'customer' } as const) : actor;
  const call = request(new URL(PATH, url), {
    agent: false,
    headers: {
      authorization: `Bearer ${await signTestToken(who)}`,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      ...headers,
    },
  });
  return new Promise((resolve, reject) => {
    call.once('error', reject);
    call.once('response', (response) => resolve(follow(call, response)));
    call.end();
  });
}

async function follow(call: ClientRequest, response: IncomingMessage): Promise<EventStream> {
  const seen = { text: '', rest: '', comments: 0, isEnded: false, events: [] as StreamEvent[] };
  const end = (): void => void (seen.isEnded = true);
  call.on('error', end);
  response.on('error', end).on('close', end);
  response.setEncoding('utf8');
  const isStream = response.headers['content-type'] === 'text/event-stream';
  response.on('data', (chunk: string) => {
    if (!isStream) {
      seen.text += chunk;
      return;
    }
    const blocks = (seen.rest + chunk).split('\n\n');
    seen.rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parse(block);
      if (event) seen.events.push(event);
      else if (/^:/m.test(block)) seen.comments += 1;
    }
  });
  await waitFor(() => seen.isEnded || seen.comments > 0, { describe: 'the stream to begin' });
  const steps = (): string[] => seen.events.map(({ data }) => `${data.kind} ${data.to}`);
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    get problem() {
      return JSON.parse(seen.text) as AnswerBody;
    },
    events: seen.events,
    get steps() {
      return steps();
    },
    get comments() {
      return seen.comments;
    },
    get isEnded() {
      return seen.isEnded;
    },
    reached: async (count, timeoutMs = 10_000) => {
      await waitFor(() => seen.events.length >= count, { timeoutMs, describe: `${count} events` }).catch(
        (error: unknown) => {
          throw new Error(`${(error as Error).message} It has ${JSON.stringify(steps())}.`);
        },
      );
      return seen.events;
    },
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    leave: () => void call.destroy(),
  };
}

/** Null for a comment. */
function parse(block: string): StreamEvent | null {
  const fields = new Map(
    block
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const data = fields.get('data');
  if (data === undefined) return null;
  return {
    event: fields.get('event') ?? '',
    id: fields.get('id') ?? '',
    data: JSON.parse(data) as StreamEvent['data'],
  };
}
