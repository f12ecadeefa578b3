import type { FaultRecord, History, Operation, Stall } from '../history/operation.interface.ts';
import type { Checker } from '../history/violation.interface.ts';
import { ANSWER_LIMIT_MS } from './check.constants.ts';
import { describeOperation } from './operation.text.ts';

/** What a client adds by itself. */
const CLIENT_MARGIN_MS = 500;
/** Faults that kill or stop the process itself; whatever else is at fault, it has to answer. */
const ENDS_OR_STOPS = /^(service|start-without)-/;
/** How long a faulty transport may take to come back after its fault was undone. */
const RECOVERY_MS = 2000;

/**
 * C7: every request has its end within 5 s of its invocation, whatever hangs. A broken connection is an end; a client that
 * ran out of patience has waited longer than that, and is what this finds.
 *
 * Time in which the client or the process that was asked wanted a processor and got none does not count: the first reads late
 * what has been there for long, the other can do nothing, and no code of ours changes that. A wait for anything else counts.
 *
 * @param marginMs what the client itself may add
 */
export function latencyChecker(marginMs = CLIENT_MARGIN_MS): Checker {
  const limitMs = ANSWER_LIMIT_MS + marginMs;
  return (history) =>
    lateByTheClock(history, marginMs)
      .filter((operation) => tookMs(operation) - stalledMs(history.stalls ?? [], operation) > limitMs)
      .map((operation) => {
        const message = `${describeOperation(operation)} took ${Math.round(tookMs(operation))} ms, more than ${ANSWER_LIMIT_MS} ms and ${marginMs} ms for the client`;
        return {
          checker: 'C7',
          customerId: operation.customerId,
          atMs: operation.invokedAtMs,
          message,
        } as const;
      });
}

/**
 * The operations of which C7 is asked that took longer than it allows, by the clock alone. It is not asked of a
 * process that was itself killed or stopped, by its name. Over RPC it is not asked while anything was at fault: the transport
 * acknowledges nothing, and neither caller nor service can tell that a message was lost.
 */
export function lateByTheClock(
  { operations, faults }: Pick<History, 'operations' | 'faults'>,
  marginMs = CLIENT_MARGIN_MS,
): Operation[] {
  return operations.filter(
    (operation) =>
      tookMs(operation) > ANSWER_LIMIT_MS + marginMs && !faults.some((fault) => excuses(fault, operation)),
  );
}

const tookMs = ({ invokedAtMs, completedAtMs }: Operation): number => completedAtMs - invokedAtMs;

/** How much of an operation's time its client or its process stood still; when both did, it counts once. */
function stalledMs(stalls: readonly Stall[], { sentTo, invokedAtMs, completedAtMs }: Operation): number {
  let coveredUntilMs = invokedAtMs;
  let sumMs = 0;
  const concerned = stalls.filter(
    ({ process = null, fromMs, untilMs }) =>
      (process === null || process === sentTo) && untilMs > invokedAtMs && fromMs < completedAtMs,
  );
  for (const { fromMs, untilMs } of concerned.sort((a, b) => a.fromMs - b.fromMs)) {
    const endMs = Math.min(untilMs, completedAtMs);
    sumMs += Math.max(0, endMs - Math.max(fromMs, coveredUntilMs));
    coveredUntilMs = Math.max(coveredUntilMs, endMs);
  }
  return sumMs;
}

function excuses(fault: FaultRecord, { transport, sentTo, invokedAtMs, completedAtMs }: Operation): boolean {
  const recoveredAtMs = fault.endedAtMs + (transport === 'rpc' ? RECOVERY_MS : 0);
  if (fault.startedAtMs > completedAtMs || recoveredAtMs < invokedAtMs) return false;
  return transport === 'rpc' || (fault.target === sentTo && ENDS_OR_STOPS.test(fault.fault));
}
