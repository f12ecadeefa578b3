import { listUnheard } from '../history/heard-events.ts';
import type { AuditRow, FinalRow, OutboxEntry } from '../history/operation.interface.ts';
import type { Checker } from '../history/violation.interface.ts';
import { groupBy } from './grouping.ts';
import { isActive } from './status.ts';

/** C5: each broadcast has one `opened` and, once it has ended, one `terminal` after it; at the end all are delivered and heard. */
export const outboxChecker: Checker = (history) => {
  const { outbox, rows, audit } = history;
  const entriesOf = groupBy(
    [...outbox].sort((a, b) => a.id - b.id),
    ({ broadcastId }) => broadcastId,
  );
  const auditOf = groupBy(
    [...audit].sort((a, b) => a.id - b.id),
    ({ broadcastId }) => broadcastId,
  );
  const known = new Set(rows.map(({ broadcastId }) => broadcastId));
  const strays = outbox.filter(({ broadcastId }) => !known.has(broadcastId));
  return [
    ...rows.flatMap((row) =>
      faultsOf(row, entriesOf.get(row.broadcastId) ?? [], auditOf.get(row.broadcastId) ?? []).map(
        (fault) => ({
          checker: 'C5' as const,
          customerId: row.customerId,
          atMs: auditOf.get(row.broadcastId)?.at(-1)?.atMs ?? null,
          message: `${row.kind} ${row.broadcastId}, which is ${row.status}, ${fault}`,
        }),
      ),
    ),
    ...strays.map(({ id, type, broadcastId, customerId }) => ({
      checker: 'C5' as const,
      customerId,
      atMs: null,
      message: `event ${id} (${type}) is about ${broadcastId}, of which there is no row`,
    })),
    ...listUnheard(history).map(({ id, type, broadcastId, customerId }) => ({
      checker: 'C5' as const,
      customerId,
      atMs: null,
      message: `event ${id} (${type}) of ${broadcastId} counts as delivered, and no listener has heard it`,
    })),
  ];
};

function faultsOf(row: FinalRow, entries: readonly OutboxEntry[], audit: readonly AuditRow[]): string[] {
  const faults: string[] = [];
  const types = entries.map(({ type }) => type);
  const expected = isActive(row.status) ? ['opened'] : ['opened', 'terminal'];
  if (types.join() !== expected.join()) {
    faults.push(`has the events ${types.join(', ') || 'none'} instead of ${expected.join(', ')}`);
  }
  const ended = audit.find(({ to }) => !isActive(to));
  const terminal = entries.find(({ type }) => type === 'terminal');
  if (ended && terminal && terminal.status !== ended.to) {
    faults.push(`ended as ${ended.to}, but event ${terminal.id} says ${terminal.status}`);
  }
  const waiting = entries.filter(({ delivered }) => !delivered);
  if (waiting.length > 0) {
    faults.push(`has undelivered events: ${waiting.map(({ id, type }) => `${id} (${type})`).join(', ')}`);
  }
  return faults;
}
