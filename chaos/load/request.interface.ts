import type { Actor, AnswerBody } from '../../test/support/api-client.ts';
import type { Action, Operation } from '../history/operation.interface.ts';
import type { Kind } from '../site/site.interface.ts';

/** What a worker means to do; `repeat` is a create again with the key of the customer's last one. */
export type Choice =
  | Exclude<Action, 'cancel' | 'accept'>
  | 'repeat'
  | 'cancel'
  | 'accept'
  /** Of a broadcast that is over. */
  | 'cancel-ended'
  | 'accept-ended';

/** Everything about a request that chance decides, and nothing that an answer does. */
export interface PlannedRequest {
  /** From 0, in the order of arrival. */
  readonly number: number;
  /** Milliseconds from the start of the load. */
  readonly dueAfterMs: number;
  readonly choice: Choice;
  readonly customerId: string;
  readonly kind: Kind;
  readonly transport: Operation['transport'];
  /** Which replica gets the first attempt; taken modulo their number. */
  readonly replica: number;
  /** Of a create: 1 to 4. */
  readonly trucks: number;
  /** Of an accept: everything that is left, or one truck. */
  readonly fill: boolean;
  readonly onActive: Operation['onActive'];
  readonly idempotencyKey: string | null;
  /** Repeated although it was answered, as by a client that lost the answer. */
  readonly repeatOnceKnown: boolean;
  readonly transporterId: string;
  /** Start and complete: by the operator instead of the transporter who accepted. */
  readonly byOperator: boolean;
}

/** One request, ready to be sent over either transport, by any replica. */
export interface Call {
  readonly action: Action;
  readonly kind: Kind;
  readonly customerId: string;
  readonly actor: Actor;
  /** Null for a create and for find-active. */
  readonly broadcastId: string | null;
  readonly transport: Operation['transport'];
  readonly idempotencyKey: string | null;
  readonly request: Operation['request'];
  readonly onActive: Operation['onActive'];
  readonly trucks: number | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What came back for one attempt. */
export type Reply =
  | {
      readonly answered: true;
      readonly status: number;
      /** Without fields when there was none. */
      readonly body: AnswerBody;
      readonly replayed: boolean;
    }
  | {
      readonly answered: false;
      /** False only when it is certain that no byte of the request left this process. */
      readonly sent: boolean;
    };

/** Sends one attempt; an answer of any status is returned. Never rejects, and ends within the transport's limit. */
export interface Caller {
  send(call: Call, replica: number): Promise<Reply>;
  /** The replica that is asked, as faults name it; null when no caller chooses. */
  nameOf(call: Call, replica: number): string | null;
  close(): Promise<void>;
}
