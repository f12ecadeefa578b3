import { isActive, type Transaction } from './postgres-stand-in.ts';
import type { BroadcastRow, OutboxEntry } from './postgres-tables.ts';
import { insertBroadcasts, type NewBroadcast, updateBroadcasts } from './postgres-triggers.ts';

/** Carries out a statement. @returns its rows; `count` where the number of rows counts and none come back */
type Statement = (on: Transaction, values: Values, kind: string) => Promise<Result> | Result;

/** What the library gives for each parameter is known by the statement alone. */
type Values = readonly [never, never, never, never, never, never, never];

interface Result {
  readonly rows: readonly object[];
  readonly count?: number;
}

const none: Result = { rows: [] };
const rowLock = (id: string): string => `row ${id}`;

const isOverdue = (on: Transaction, row: BroadcastRow): boolean => row.expiresAtMs <= on.database.nowMs;

const activeOf = (on: Transaction, customerId: string): BroadcastRow[] =>
  on.writes.list('broadcasts').filter((row) => row.customerId === customerId && isActive(row));

/** Each row is looked at again once it is locked, in the version that it has then. */
async function updateWhere(
  on: Transaction,
  candidates: readonly BroadcastRow[],
  where: (row: BroadcastRow) => boolean,
  change: (row: BroadcastRow) => BroadcastRow,
  skipLocked = false,
): Promise<BroadcastRow[]> {
  const changed: BroadcastRow[] = [];
  for (const { id } of candidates) {
    if (skipLocked && on.isLockedByAnother(rowLock(id))) continue;
    await on.lock(rowLock(id));
    const row = on.writes.get('broadcasts', id);
    if (row && where(row)) changed.push(change(row));
  }
  await updateBroadcasts(on, changed);
  return changed;
}

const endAll = async (
  on: Transaction,
  customerId: string,
  to: string,
  due: boolean,
): Promise<BroadcastRow[]> => {
  const ended: BroadcastRow[] = [];
  for (const kind of ['booking', 'order']) {
    const where = (row: BroadcastRow): boolean =>
      row.kind === kind && row.customerId === customerId && isActive(row) && (!due || isOverdue(on, row));
    const rows = on.writes.list('broadcasts').filter(where);
    ended.push(...(await updateWhere(on, rows, where, (row) => ({ ...row, status: to }))));
  }
  return ended;
};

/** By the name under which the library prepares them; `*` stands for the table of a kind. */
const STATEMENTS: Readonly<Record<string, Statement>> = {
  'customer-broadcast:find-active': (on, [customerIds]: Values) => ({
    rows: (JSON.parse(customerIds as string) as readonly string[])
      .flatMap((customerId) => activeOf(on, customerId))
      .map((row) => ({
        kind: row.kind,
        id: row.id,
        customer_id: row.customerId,
        status: row.status,
        created_at: new Date(row.createdAtMs),
        expires_at: new Date(row.expiresAtMs),
        route: `/v1/${row.kind}s`,
        seconds_left: (row.expiresAtMs - on.database.nowMs) / 1000,
      })),
  }),
  'customer-broadcast:expire-overdue': async (on, [customerId]: readonly string[]) => {
    await endAll(on, customerId ?? '', 'expired', true);
    return none;
  },
  'customer-broadcast:cancel-active': async (on, [customerId]: readonly string[]) => {
    await on.lock(`the replacement of ${customerId ?? ''}`);
    const ended = await endAll(on, customerId ?? '', 'cancelled', false);
    return { rows: ended.map(({ kind, id }) => ({ kind, id })) };
  },
  'customer-broadcast:customers': (on, [after, limit]: Values) => ({
    rows: on.writes
      .list('broadcasts')
      .filter((row) => isActive(row)) // each has its slot: what breaks that is a violation of its own
      .map(({ customerId }) => ({ customer_id: customerId }))
      .filter(({ customer_id }) => customer_id > String(after))
      .sort((a, b) => (a.customer_id < b.customer_id ? -1 : 1))
      .slice(0, Number(limit)),
  }),
  'customer-broadcast:slot-drift-after': (on) => {
    const active = on.writes.list('broadcasts').filter((row) => isActive(row));
    const backed = active.filter((row) => on.writes.get('slots', row.customerId)?.id === row.id).length;
    return { rows: [{ drift: active.length - backed + (on.writes.list('slots').length - backed) }] };
  },
  'customer-broadcast:outbox-claim': (on, [kinds, token, leaseMs, limit]: Values) => {
    const now = on.database.nowMs;
    const undelivered = on.writes.list('outbox').filter((row) => row.deliveredAtMs === null);
    const due = undelivered
      .filter((row) => row.availableAtMs <= now && (kinds as readonly string[]).includes(row.kind))
      .filter(
        (row) =>
          !undelivered.some((earlier) => earlier.broadcastId === row.broadcastId && earlier.id < row.id),
      )
      .filter((row) => !on.isLockedByAnother(`event ${row.id}`))
      .slice(0, limit);
    return {
      rows: due.map((row) =>
        presentEvent(
          changeEvent(on, row, {
            claimedBy: token,
            availableAtMs: now + Number(leaseMs),
            attempts: row.attempts + 1,
          }),
        ),
      ),
    };
  },
  'customer-broadcast:outbox-delivered': (on, [ids, token]: Values) => {
    for (const row of claimedBy(on, ids, token)) changeEvent(on, row, { deliveredAtMs: on.database.nowMs });
    return none;
  },
  'customer-broadcast:outbox-release': (on, [ids, token]: Values) => {
    for (const row of claimedBy(on, ids, token)) {
      if (row.deliveredAtMs !== null) continue;
      const pauseMs = Math.min(5000, 100 * 2 ** Math.min(row.attempts - 1, 10));
      changeEvent(on, row, { claimedBy: null, availableAtMs: on.database.nowMs + pauseMs });
    }
    return none;
  },
  '*:insert': async (on, [json, patience]: Values, kind) => {
    const createdAtMs = on.database.nowMs;
    const fresh = { kind, status: 'created', trucksFilled: 0, createdAtMs } as const;
    const rows = (JSON.parse(json) as NewBroadcast[]).map(({ timeoutMs, ...row }) => ({
      ...row,
      ...fresh,
      expiresAtMs: createdAtMs + timeoutMs,
    }));
    on.isImpatient = (patience as string | null) !== null;
    await insertBroadcasts(on, rows);
    return { rows: rows.map(({ id, expiresAtMs }) => ({ id, expiresAt: new Date(expiresAtMs) })) };
  },
  '*:state': (on, [id]: readonly string[]) => presentState(on, id ?? ''),
  '*:state:locked': async (on, [id]: readonly string[]) => {
    if (!on.writes.get('broadcasts', id ?? '')) return none;
    await on.lock(rowLock(id ?? ''));
    return presentState(on, id ?? '');
  },
  '*:transition': async (on, [id, to, , from, ownedBy, evenOverdue]: Values, kind) => {
    const before = on.writes.get('broadcasts', id);
    if (before?.kind !== kind) return none;
    await on.lock(rowLock(id));
    const row = on.writes.get('broadcasts', id);
    if (!row || !(from as readonly string[]).includes(row.status)) return none;
    if ((ownedBy as string | null) !== null && row.customerId !== ownedBy) return none;
    if (!(evenOverdue as boolean) && isActive(row) && isOverdue(on, row)) return none;
    await updateBroadcasts(on, [{ ...row, status: to }]);
    return { rows: [{ id, customerId: row.customerId, from: row.status }] };
  },
  '*:transition-many': async (on, [from, to, , ids]: Values, kind) => {
    const where = (row: BroadcastRow): boolean =>
      row.kind === kind && row.status === from && !isOverdue(on, row) && (ids as string[]).includes(row.id);
    const rows = on.writes.list('broadcasts').filter(where);
    const changed = await updateWhere(on, rows, where, (row) => ({ ...row, status: to }), true);
    return { rows: changed.map(({ id }) => ({ id })), count: changed.length };
  },
  '*:left': (on, [from, ids]: Values, kind) => {
    const rows = on.writes
      .list('broadcasts')
      .filter((row) => row.kind === kind && row.status === from && !isOverdue(on, row))
      .filter(({ id }) => (ids as string[]).includes(id))
      .map(({ id }) => ({ id }));
    return { rows, count: rows.length };
  },
  '*:expire-due': async (on, _values, kind) => {
    const where = (row: BroadcastRow): boolean => row.kind === kind && isActive(row) && isOverdue(on, row);
    const due = on.writes.list('broadcasts').filter(where);
    const expired = await updateWhere(on, due, where, (row) => ({ ...row, status: 'expired' }), true);
    const last = expired.at(-1);
    return { rows: [{ expired: expired.length, upTo: last ? new Date(last.expiresAtMs) : null }] };
  },
};

function changeEvent(on: Transaction, row: OutboxEntry, change: Partial<OutboxEntry>): OutboxEntry {
  const next = { ...row, ...change };
  on.writes.put('outbox', String(row.id), next);
  return next;
}

function claimedBy(on: Transaction, ids: readonly string[], token: string): OutboxEntry[] {
  return ids
    .map((id) => on.writes.get('outbox', id))
    .filter((row) => row !== undefined)
    .filter((row) => row.claimedBy === token);
}

function presentEvent({ id, occurredAtMs, ...row }: OutboxEntry): object {
  return { ...row, id: String(id), occurredAt: new Date(occurredAtMs) };
}

function presentState(on: Transaction, id: string): Result {
  const row = on.writes.get('broadcasts', id);
  return row ? { rows: [{ ...row, overdue: isOverdue(on, row) }] } : none;
}

const KINDS: Readonly<Record<string, string>> = { bookings: 'booking', orders: 'order' };

/** @throws Error for a statement whose meaning is not written down here */
export async function carryOut(
  on: Transaction,
  name: string,
  values: readonly unknown[],
): Promise<{ rows: readonly object[]; rowCount: number }> {
  const [table = '', ...verb] = name.split(':');
  const kind = KINDS[table];
  const statement = STATEMENTS[kind === undefined ? name : `*:${verb.join(':')}`];
  if (!statement)
    throw new Error(
      `The simulation does not know the statement '${name}'; give its meaning in postgres-statements.ts.`,
    );
  const { rows, count } = await statement(on, values as unknown as Values, kind ?? '');
  return { rows, rowCount: count ?? rows.length };
}
