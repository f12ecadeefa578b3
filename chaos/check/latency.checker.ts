import type { FaultRecord, Operation } from '../history/operation.interface.ts';
import type { Checker } from '../history/violation.interface.ts';
import { ANSWER_LIMIT_MS } from './check.constants.ts';
import { describeOperation } from './operation.text.ts';

/** What a busy client adds by itself: it writes late, and reads late. */
const CLIENT_MARGIN_MS = 500;
/** How long a faulty transport may take to come back after its fault was undone. */
const RECOVERY_MS = 2000;

/**
 * C7: every request has its end within 5 s of its invocation, whatever hangs. A broken connection is an end; a client that
 * ran out of patience has waited longer than that, and is what this finds.
 *
 * Not asked of a process that was itself killed or stopped meanwhile. Over RPC it is not asked while anything was at fault:
 * the transport acknowledges nothing, and neither caller nor service can tell that a message was lost.
 *
 * @param marginMs what the client itself may add
 */
export function latencyChecker(marginMs = CLIENT_MARGIN_MS): Checker {
  return ({ operations, faults }) =>
    operations.flatMap((operation) => {
      const tookMs = operation.completedAtMs - operation.invokedAtMs;
      if (tookMs <= ANSWER_LIMIT_MS + marginMs || faults.some((fault) => excuses(fault, operation)))
        return [];
      const message = `${describeOperation(operation)} took ${Math.round(tookMs)} ms, more than ${ANSWER_LIMIT_MS} ms and ${marginMs} ms for the client`;
      return [{ checker: 'C7', customerId: operation.customerId, atMs: operation.invokedAtMs, message }];
    });
}

function excuses(fault: FaultRecord, { transport, sentTo, invokedAtMs, completedAtMs }: Operation): boolean {
  const recoveredAtMs = fault.endedAtMs + (transport === 'rpc' ? RECOVERY_MS : 0);
  if (fault.startedAtMs > completedAtMs || recoveredAtMs < invokedAtMs) return false;
  return transport === 'rpc' || fault.target === sentTo;
}
