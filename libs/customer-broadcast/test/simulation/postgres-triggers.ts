import { isActive, ServerError, type Transaction } from './postgres-stand-in.ts';
import type { BroadcastRow } from './postgres-tables.ts';

/** What a create of the simulation inserts. */
export interface NewBroadcast {
  readonly id: string;
  readonly customerId: string;
  readonly trucksNeeded: number;
  readonly timeoutMs: number;
}

/** Inserts rows in one statement, with what the table's index and its trigger do. */
export async function insertBroadcasts(on: Transaction, rows: readonly BroadcastRow[]): Promise<void> {
  for (const row of rows) {
    await takeIndexEntry(on, row);
    on.writes.put('broadcasts', row.id, row);
  }
  for (const row of rows.toSorted((a, b) => (a.customerId < b.customerId ? -1 : 1))) await takeSlot(on, row);
  for (const row of rows) addTransition(on, row, null);
  for (const row of rows) addEvent(on, row, 'opened');
}

/**
 * Updates rows that are locked by this transaction. Like the trigger it frees slots before it takes any; rows never become
 * active again here, so there is none to take.
 */
export async function updateBroadcasts(on: Transaction, rows: readonly BroadcastRow[]): Promise<void> {
  for (const row of rows) {
    const before = on.writes.get('broadcasts', row.id);
    if (!before) throw new Error(`No row ${row.id}.`);
    if (row.trucksFilled > row.trucksNeeded) throw new ServerError('too many trucks', '23514', 'ck_trucks');
    on.writes.put('broadcasts', row.id, row);
    if (before.status === row.status) continue;
    addTransition(on, row, before.status);
    if (!isActive(before) || isActive(row)) continue;
    addEvent(on, row, 'terminal');
    // Whoever inserts the same key waits from now on for this transaction's end.
    if (!on.database.sabotage.noSlotKey) await on.lock(indexEntry(row));
    await freeSlot(on, row);
  }
}

const indexEntry = ({ kind, customerId }: BroadcastRow): string =>
  `uq_${kind}s_active_customer of ${customerId}`;
const slotKey = ({ customerId }: BroadcastRow): string => `the slot of ${customerId}`;

async function takeIndexEntry(on: Transaction, row: BroadcastRow): Promise<void> {
  if (on.database.sabotage.noSlotKey) return;
  await on.lock(indexEntry(row));
  const other = on.writes
    .list('broadcasts')
    .find((each) => each.kind === row.kind && each.customerId === row.customerId && isActive(each));
  if (other) throw new ServerError('duplicate key value', '23505', `uq_${row.kind}s_active_customer`);
}

async function takeSlot(on: Transaction, row: BroadcastRow): Promise<void> {
  if (on.database.sabotage.noSlotKey) return;
  await on.lock(slotKey(row));
  if (on.writes.get('slots', row.customerId)) {
    throw new ServerError('duplicate key value', '23505', 'single_active:customer-broadcast');
  }
  on.writes.put('slots', row.customerId, { kind: row.kind, id: row.id });
}

async function freeSlot(on: Transaction, row: BroadcastRow): Promise<void> {
  const slot = on.writes.get('slots', row.customerId);
  if (slot?.id !== row.id) return;
  await on.lock(slotKey(row));
  on.writes.put('slots', row.customerId, null);
}

function addTransition(on: Transaction, row: BroadcastRow, from: string | null): void {
  const number = on.database.next('transitions');
  on.writes.put('transitions', String(number), { broadcastId: row.id, from, to: row.status });
}

function addEvent(on: Transaction, row: BroadcastRow, type: 'opened' | 'terminal'): void {
  const id = on.database.next('outbox');
  on.writes.put('outbox', String(id), {
    id,
    eventId: `event-${id}`,
    type,
    kind: row.kind,
    broadcastId: row.id,
    customerId: row.customerId,
    status: row.status,
    occurredAtMs: on.database.nowMs,
    attempts: 0,
    availableAtMs: on.database.nowMs,
    claimedBy: null,
    deliveredAtMs: null,
  });
}
