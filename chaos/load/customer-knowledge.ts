import { TRUCK_LIFE } from '@app/truck-requests';
import type { ActiveBroadcastBody, AnswerBody } from '../../test/support/api-client.ts';
import type { Kind } from '../site/site.interface.ts';
import type { Ending } from './outcome.ts';
import type { Call, Reply } from './request.interface.ts';

/** An item of an order, as an answer shows it. */
export interface KnownItem {
  readonly id: string;
  readonly quantity: number;
  readonly filled: number;
}

/** A broadcast as the last answer about it showed it; it may have changed since. */
export interface KnownBroadcast {
  readonly kind: Kind;
  readonly id: string;
  readonly status: string;
  /** Null while only a refusal or find-active has named it. */
  readonly trucksLeft: number | null;
  readonly items: readonly KnownItem[];
  /** Who has accepted. */
  readonly transporterId: string | null;
}

const CLOSED_KEPT = 4;

/** What the clients of one customer have been told. Only answers change it: an operation of unknown end teaches nothing. */
export class CustomerKnowledge {
  active: KnownBroadcast | null = null;
  /** The last create that had an idempotency key, whatever became of it. */
  lastKeyedCreate: Call | null = null;
  /** Newest first. */
  readonly #closed: KnownBroadcast[] = [];

  /** The newest that is known to be over and in this status; any end that frees for good without one. */
  closed(status?: 'fully_filled' | 'in_progress'): KnownBroadcast | null {
    return (
      this.#closed.find((known) =>
        status === undefined
          ? known.status !== 'fully_filled' && known.status !== 'in_progress'
          : known.status === status,
      ) ?? null
    );
  }

  learn(call: Call, ending: Ending, reply: Reply): void {
    if (!reply.answered || ending.outcome === 'info' || ending.replayed) return;
    const { body } = reply;
    if (ending.outcome === 'ok') {
      if (ending.broadcastId === null) this.#end(this.active, 'ended');
      else this.#note(toKnown(call, ending.broadcastId, body, this.#find(ending.broadcastId)));
      return;
    }
    const blocker = body.activeBroadcast;
    if (blocker) this.#note(toKnown(call, blocker.id, blocker, this.#find(blocker.id)));
    else if (this.active !== null && this.active.id === call.broadcastId)
      this.#end(this.active, ending.code === 'NO_LONGER_AVAILABLE' ? 'fully_filled' : 'ended');
  }

  #find(id: string): KnownBroadcast | null {
    return this.active?.id === id ? this.active : (this.#closed.find((known) => known.id === id) ?? null);
  }

  #note(known: KnownBroadcast): void {
    if (!TRUCK_LIFE.isActive(known.status)) this.#end(known, known.status);
    else if (this.active === null || known.id >= this.active.id) this.active = known;
  }

  #end(known: KnownBroadcast | null, status: string): void {
    if (known === null) return;
    if (this.active?.id === known.id) this.active = null;
    const place = this.#closed.findIndex(({ id }) => id === known.id);
    if (place >= 0) this.#closed.splice(place, 1);
    this.#closed.unshift({ ...known, status });
    this.#closed.length = Math.min(this.#closed.length, CLOSED_KEPT);
  }
}

function toKnown(
  call: Call,
  id: string,
  body: AnswerBody | ActiveBroadcastBody,
  before: KnownBroadcast | null,
): KnownBroadcast {
  const { kind, status, trucksNeeded, trucksFilled, items } = body as Partial<AnswerBody>;
  return {
    // find-active, a refusal and a create that returns what is there name the kind; the rest are about the kind asked.
    kind: typeof kind === 'string' ? (kind as Kind) : call.kind,
    id,
    status: String(status),
    trucksLeft:
      trucksNeeded === undefined || trucksFilled === undefined
        ? (before?.trucksLeft ?? null)
        : trucksNeeded - trucksFilled,
    items:
      (items as readonly unknown[] | undefined as readonly KnownItem[] | undefined) ?? before?.items ?? [],
    transporterId: call.action === 'accept' ? call.actor.sub : (before?.transporterId ?? null),
  };
}
