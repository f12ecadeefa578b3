import type { FinalRow, History, Operation } from '../history/operation.interface.ts';
import type { Violation } from '../history/violation.interface.ts';
import { groupBy } from './grouping.ts';

const FULL = ['fully_filled', 'in_progress', 'completed'];

/**
 * Never more trucks than asked for; full when the status says so; at least what was acknowledged, where the repeated accept
 * of a transporter counts once; and no more than was offered with success or without a known end.
 */
export function checkTrucks({ operations, rows }: History): Violation[] {
  const accepts = groupBy(
    operations.filter(({ action, outcome }) => action === 'accept' && outcome !== 'fail'),
    ({ broadcastId }) => broadcastId,
  );
  return rows.flatMap((row): Violation[] => {
    const fault = faultOf(row, accepts.get(row.broadcastId) ?? []);
    if (fault === null) return [];
    const message = `${row.kind} ${row.broadcastId} is ${row.status} with ${row.trucksFilled} of ${row.trucksNeeded} trucks, ${fault}`;
    return [{ checker: 'C4', customerId: row.customerId, atMs: null, message }];
  });
}

function faultOf(row: FinalRow, accepts: readonly Operation[]): string | null {
  const { trucksFilled, trucksNeeded, status } = row;
  if (trucksFilled > trucksNeeded) return 'more than were asked for';
  if (FULL.includes(status) && trucksFilled < trucksNeeded) return 'fewer than its status says';
  let acknowledged = 0;
  let offered = 0;
  for (const own of groupBy(accepts, ({ actorId }) => actorId).values()) {
    const sure = own.filter(({ outcome }) => outcome === 'ok').map(({ trucks }) => trucks ?? 0);
    // A transporter's first accept counts; which one of several that was is not known.
    if (sure.length > 0) acknowledged += Math.min(...own.map(({ trucks }) => trucks ?? 0));
    offered += own.reduce((sum, { trucks }) => sum + (trucks ?? 0), 0);
  }
  if (trucksFilled < acknowledged) return `but ${acknowledged} were acknowledged`;
  if (trucksFilled > offered) return `but only ${offered} were offered`;
  return null;
}
