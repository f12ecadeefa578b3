import type { History } from '../history/operation.interface.ts';
import type { Checker, Violation } from '../history/violation.interface.ts';
import { checkRefusalsInFlight } from './slot/in-flight.ts';
import { buildSlotModels } from './slot/slot-model.ts';
import { walk } from './slot/slot-walk.ts';
import { describeWindow, smallestWindow } from './slot/slot-window.ts';

/** What C2 found, and how much of it is not known. */
export interface SlotHistoryResult {
  readonly violations: Violation[];
  /** Customers for whom neither an order was found nor that there is none. */
  readonly undecided: number;
  readonly customers: number;
}

/**
 * Whether the answers of each customer can be put in an order that one slot explains: free or held by one broadcast, created
 * when free or by replacing, ended by a cancel, by being filled, or by the deadline. An operation without a known end may
 * take effect at any time after its invocation, or never.
 *
 * @param maxStates how many states one search looks at before it gives up
 */
export function checkSlotHistory(history: History, maxStates?: number): SlotHistoryResult {
  const { models, violations } = buildSlotModels(history);
  violations.push(...checkRefusalsInFlight(history));
  let undecided = 0;
  for (const model of models) {
    const result = walk(model, maxStates);
    if (result.verdict === 'undecided') undecided++;
    if (result.verdict !== 'impossible') continue;
    const window = smallestWindow(model, result);
    violations.push({
      checker: 'C2',
      customerId: model.customerId,
      atMs: Math.max(...window.map(({ invokedAtMs }) => invokedAtMs)),
      message: describeWindow(model, result.starts, window),
      operations: window.map(({ operation }) => operation.index),
    });
  }
  return { violations, undecided, customers: models.length };
}

/** C2. What it could not decide is in `checkSlotHistory` only. */
export const slotHistoryChecker: Checker = (history) => checkSlotHistory(history).violations;
