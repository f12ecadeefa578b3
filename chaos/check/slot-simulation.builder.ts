import type { History } from '../history/operation.interface.ts';
import { HistoryBuilder, type OperationPart } from './history.builder.ts';

/** What clients ask of one customer's slot, and what becomes of each request on its way. */
export interface SlotScript {
  readonly clients: number;
  readonly requests: readonly {
    readonly action: string;
    readonly client: number;
    /** Which of the latest broadcasts it is about. */
    readonly target: number;
    /** Whether the connection breaks, before the request took effect or after. */
    readonly lost: string;
    /** Milliseconds of thinking, until it takes effect, and until the answer is there. */
    readonly delays: readonly [number, number, number];
  }[];
}

interface Pending {
  readonly effectMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly request: SlotScript['requests'][number];
}

/** The history that a correct slot leaves: every request takes effect at one instant between its invocation and its answer. */
export function simulateSlot({ clients, requests }: SlotScript): History {
  const nowOf = new Map<number, number>();
  const pending = requests.map((request, index): Pending => {
    const client = request.client % clients;
    const [thinkMs, workMs, answerMs] = request.delays;
    // A fraction of its own: no two requests take effect at one instant.
    const fromMs = (nowOf.get(client) ?? 0) + thinkMs + (index + 1) / 1e6;
    const untilMs = fromMs + workMs + answerMs + 0.5;
    nowOf.set(client, untilMs + 0.5);
    // One whose answer was lost may still take effect long after its client gave up.
    const lateMs = request.lost === 'after' ? 5 * workMs : 0;
    return { request, fromMs, untilMs, effectMs: fromMs + workMs + 0.25 + lateMs };
  });
  const slot = new Slot();
  for (const each of pending.sort((a, b) => a.effectMs - b.effectMs)) slot.serve(each);
  return slot.finish();
}

class Slot {
  readonly history = new HistoryBuilder();
  private readonly ids: string[] = [];
  private readonly requestOf = new Map<string, string>();
  private served = 0;
  private owner: string | null = null;
  private readonly ended = new Map<string, string>();

  serve({ request, fromMs, untilMs }: Pending): void {
    const { action, lost } = request;
    const target = this.ids.at(-1 - (request.target % 3));
    const isAbout = action === 'cancel' || action === 'fill' || action === 'get';
    if (action === 'wait' || (isAbout && target === undefined)) return;
    const asked = this.asked(action, target);
    const madeBefore = this.ids.length;
    const answer = lost === 'before' ? {} : this.carryOut(action, target);
    const name = `request-${this.served++}`;
    if (this.ids.length > madeBefore) this.requestOf.set(this.ids.at(-1)!, name);
    const unknown = {
      outcome: 'info',
      status: null,
      broadcastStatus: null,
      refusedBy: null,
      code: null,
    } as const;
    const told: OperationPart =
      lost === 'no' ? answer : { ...unknown, broadcastId: asked.broadcastId ?? null };
    const { verb, ...rest } = asked;
    const named = verb === 'create' ? { request: name } : {};
    this.history.add(verb, fromMs, untilMs, { ...rest, ...named, ...told });
  }

  finish(): History {
    for (const id of this.ids) {
      const end = this.ended.get(id);
      this.history.life(id, [['created', 0], ...(end === undefined ? [] : [[end, 0] as const])], {
        expiresAtMs: 1e9,
        request: this.requestOf.get(id),
      });
    }
    return this.history.build();
  }

  private asked(
    action: string,
    target: string | undefined,
  ): OperationPart & { verb: 'create' | 'cancel' | 'accept' | 'get' | 'find-active' } {
    switch (action) {
      case 'create':
        return { verb: 'create', onActive: 'reject' };
      case 'replace':
      case 'return':
        return { verb: 'create', onActive: action };
      case 'fill':
        return { verb: 'accept', broadcastId: target ?? null, actorId: 't1' };
      case 'cancel':
      case 'get':
        return { verb: action, broadcastId: target ?? null };
      default:
        return { verb: 'find-active' };
    }
  }

  private carryOut(action: string, target = ''): OperationPart {
    switch (action) {
      case 'create':
        return this.owner === null
          ? this.open()
          : { ...REFUSED, code: 'ORDER_ACTIVE_EXISTS', refusedBy: this.owner };
      case 'return':
        return this.owner === null ? this.open() : { status: 200, broadcastId: this.owner };
      case 'replace':
        if (this.owner !== null) this.ended.set(this.owner, 'cancelled');
        return this.open();
      case 'cancel':
        if (this.owner === target) this.end('cancelled');
        return this.ended.get(target) === 'cancelled'
          ? { broadcastStatus: 'cancelled' }
          : { ...REFUSED, code: 'INVALID_TRANSITION' };
      case 'fill':
        if (this.owner !== target) return { ...REFUSED, code: 'INVALID_TRANSITION' };
        this.end('fully_filled');
        return { broadcastStatus: 'fully_filled' };
      case 'get':
        return { broadcastStatus: this.ended.get(target) ?? 'active' };
      default:
        return { broadcastId: this.owner, status: this.owner === null ? 204 : 200 };
    }
  }

  private open(): OperationPart {
    this.owner = `b${this.ids.length}`;
    this.ids.push(this.owner);
    return { broadcastId: this.owner, broadcastStatus: 'created', status: 201 };
  }

  private end(status: string): void {
    if (this.owner !== null) this.ended.set(this.owner, status);
    this.owner = null;
  }
}

const REFUSED = { outcome: 'fail', status: 409 } as const;
