import type {
  AuditRow,
  FaultRecord,
  FinalRow,
  History,
  Operation,
  OutboxEntry,
  Snapshot,
} from '../history/operation.interface.ts';
import { saysItCreated } from './row-origin.ts';
import { isActive } from './status.ts';

const QUIET: Omit<Operation, 'index' | 'action' | 'invokedAtMs' | 'completedAtMs' | 'dueAtMs'> = {
  worker: 0,
  transport: 'http',
  sentTo: 'booking-1',
  customerId: 'c1',
  kind: 'booking',
  actorId: 'c1',
  broadcastId: null,
  idempotencyKey: null,
  request: null,
  onActive: null,
  trucks: null,
  outcome: 'ok',
  status: 200,
  code: null,
  broadcastStatus: null,
  trucksFilled: null,
  refusedBy: null,
  replayed: false,
};

/** What may differ from an ordinary answer. */
export type OperationPart = Partial<Operation>;

/** Makes histories by hand, for the tests of the checkers. Customer `c1`, kind `booking`, HTTP, unless said otherwise. */
export class HistoryBuilder {
  private readonly operations: Operation[] = [];
  private readonly audit: AuditRow[] = [];
  private readonly rows: (Omit<FinalRow, 'request'> & { request?: string | null })[] = [];
  private readonly outbox: OutboxEntry[] = [];
  private readonly keys: Record<string, string> = {};
  private readonly snapshots: Snapshot[] = [];
  private readonly faults: FaultRecord[] = [];
  private readonly probes: { customerId: string; status: number; waitedMs: number }[] = [];

  add(action: Operation['action'], fromMs: number, untilMs: number, part: OperationPart = {}): this {
    const times = { invokedAtMs: fromMs, dueAtMs: fromMs, completedAtMs: untilMs };
    const index = this.operations.length;
    // A caller who repeats a request repeats its key.
    const request = action === 'create' ? (part.idempotencyKey ?? `request-${index}`) : null;
    this.operations.push({ ...QUIET, index, action, request, ...times, ...part });
    return this;
  }

  /** A create that was answered with 201. */
  create(id: string, fromMs: number, untilMs: number, part: OperationPart = {}): this {
    const answer = {
      broadcastId: id,
      broadcastStatus: 'created',
      status: 201,
      onActive: 'reject',
      trucks: 2,
    } as const;
    return this.add('create', fromMs, untilMs, { ...answer, ...part });
  }

  /** A create that was answered with 409. @param by the holder that it names */
  refused(by: string | null, fromMs: number, untilMs: number, part: OperationPart = {}): this {
    const answer = { outcome: 'fail', status: 409, code: 'ORDER_ACTIVE_EXISTS', onActive: 'reject' } as const;
    return this.add('create', fromMs, untilMs, { ...answer, refusedBy: by, ...part });
  }

  /** A request without a known end. */
  unanswered(action: Operation['action'], fromMs: number, untilMs: number, part: OperationPart = {}): this {
    const onActive = action === 'create' ? 'reject' : null;
    return this.add(action, fromMs, untilMs, { outcome: 'info', status: null, onActive, ...part });
  }

  cancel(id: string, fromMs: number, untilMs: number, part: OperationPart = {}): this {
    return this.add('cancel', fromMs, untilMs, { broadcastId: id, broadcastStatus: 'cancelled', ...part });
  }

  /** `find-active`. @param id null: 204 */
  active(id: string | null, fromMs: number, untilMs: number, part: OperationPart = {}): this {
    const answer = id === null ? { status: 204 } : { broadcastId: id, broadcastStatus: 'created' };
    return this.add('find-active', fromMs, untilMs, { ...answer, ...part });
  }

  get(id: string, broadcastStatus: string, fromMs: number, untilMs: number, part: OperationPart = {}): this {
    return this.add('get', fromMs, untilMs, { broadcastId: id, broadcastStatus, ...part });
  }

  /**
   * A broadcast as the database has it at the end, with its history, its events and its key. Made by the create that says so,
   * or else by the first one of its customer and kind without an answer that has made none, unless `part` says it.
   */
  life(id: string, steps: readonly (readonly [string, number])[], part: Partial<FinalRow> = {}): this {
    const { kind = 'booking', customerId = 'c1' } = part;
    const about = { kind, broadcastId: id, customerId };
    steps.forEach(([to, atMs], index) => {
      const from = steps[index - 1]?.[0] ?? null;
      this.audit.push({ ...about, id: this.audit.length + 1, from, to, atMs, by: customerId });
      const wasActive = from !== null && isActive(from);
      if (wasActive === isActive(to)) return;
      const type = isActive(to) ? 'opened' : 'terminal';
      this.outbox.push({ ...about, id: this.outbox.length + 1, type, status: to, delivered: true });
    });
    const status = steps.at(-1)?.[0] ?? 'created';
    const expiresAtMs = (steps[0]?.[1] ?? 0) + 120_000;
    this.rows.push({ ...about, status, trucksNeeded: 2, trucksFilled: 0, expiresAtMs, ...part });
    if (isActive(status)) this.keys[customerId] = `${kind}:${id}`;
    return this;
  }

  snapshot(atMs: number, seen: Partial<Snapshot> = {}): this {
    this.snapshots.push({ atMs, doubles: [], drift: [], ...seen });
    return this;
  }

  fault(fault: string, target: string, startedAtMs: number, endedAtMs: number): this {
    this.faults.push({ fault, target, startedAtMs, endedAtMs });
    return this;
  }

  probe(customerId: string, status: number, waitedMs: number): this {
    this.probes.push({ customerId, status, waitedMs });
    return this;
  }

  /** @param part what is to be other than what was said so far, to make a history wrong */
  build(part: Partial<History> = {}): History {
    const { operations, audit, outbox, keys, snapshots, faults, probes } = this;
    const rows = this.withRequests();
    const ends = operations.map(({ completedAtMs }) => completedAtMs);
    const seen = { operations, audit, rows, outbox, keys, snapshots, faults, probes };
    return { seed: 1, ...seen, healedAtMs: Math.max(0, ...ends), ...part };
  }

  private withRequests(): FinalRow[] {
    const creates = this.operations.filter(({ action }) => action === 'create');
    const sure = new Map(
      creates.filter(saysItCreated).map(({ broadcastId, request }) => [broadcastId, request]),
    );
    const used = new Set([...sure.values(), ...this.rows.map(({ request }) => request)]);
    return this.rows.map((row) => {
      const { broadcastId, kind, customerId } = row;
      const left = creates.find(
        ({ request, outcome, ...own }) =>
          outcome === 'info' && own.kind === kind && own.customerId === customerId && !used.has(request),
      );
      const request = row.request ?? sure.get(broadcastId) ?? left?.request ?? null;
      used.add(request);
      return { ...row, request };
    });
  }
}
