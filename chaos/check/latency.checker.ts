import type { FaultRecord, Operation, Stall } from '../history/operation.interface.ts';
import type { Checker } from '../history/violation.interface.ts';
import { ANSWER_LIMIT_MS } from './check.constants.ts';
import { describeOperation } from './operation.text.ts';

/** What a client adds by itself, and a service that got no turn when the client got none. */
const CLIENT_MARGIN_MS = 500;
/** How long a faulty transport may take to come back after its fault was undone. */
const RECOVERY_MS = 2000;

/**
 * C7: every request has its end within 5 s of its invocation, whatever hangs. A broken connection is an end; a client that
 * ran out of patience has waited longer than that, and is what this finds.
 *
 * Time in which the client got no turn does not count: what has been there for long is read late.
 *
 * Not asked of a process that was itself killed or stopped meanwhile. Over RPC it is not asked while anything was at fault:
 * the transport acknowledges nothing, and neither caller nor service can tell that a message was lost.
 *
 * @param marginMs what the client itself may add
 */
export function latencyChecker(marginMs = CLIENT_MARGIN_MS): Checker {
  return ({ operations, faults, stalls = [] }) =>
    operations.flatMap((operation) => {
      const tookMs = operation.completedAtMs - operation.invokedAtMs;
      const limitMs = ANSWER_LIMIT_MS + marginMs;
      if (tookMs <= limitMs || tookMs - stalledMs(stalls, operation) <= limitMs) return [];
      if (faults.some((fault) => excuses(fault, operation))) return [];
      const message = `${describeOperation(operation)} took ${Math.round(tookMs)} ms, more than ${ANSWER_LIMIT_MS} ms and ${marginMs} ms for the client`;
      return [{ checker: 'C7', customerId: operation.customerId, atMs: operation.invokedAtMs, message }];
    });
}

/** How much of an operation's time its client stood still. */
function stalledMs(stalls: readonly Stall[], { invokedAtMs, completedAtMs }: Operation): number {
  return stalls
    .map(({ fromMs, untilMs }) => Math.min(untilMs, completedAtMs) - Math.max(fromMs, invokedAtMs))
    .reduce((sum, ms) => sum + Math.max(0, ms), 0);
}

function excuses(fault: FaultRecord, { transport, sentTo, invokedAtMs, completedAtMs }: Operation): boolean {
  const recoveredAtMs = fault.endedAtMs + (transport === 'rpc' ? RECOVERY_MS : 0);
  if (fault.startedAtMs > completedAtMs || recoveredAtMs < invokedAtMs) return false;
  return transport === 'rpc' || fault.target === sentTo;
}
