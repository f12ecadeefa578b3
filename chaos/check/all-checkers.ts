import type { Checker, CheckerName } from '../history/violation.interface.ts';
import { acknowledgementChecker } from './acknowledgement.checker.ts';
import { idempotencyChecker } from './idempotency.checker.ts';
import { keyChecker } from './key.checker.ts';
import { latencyChecker } from './latency.checker.ts';
import { livenessChecker } from './liveness.checker.ts';
import { neverTwoChecker } from './never-two.checker.ts';
import { outboxChecker } from './outbox.checker.ts';
import { refusedRetryChecker } from './refused-retry.checker.ts';
import { slotDriftChecker } from './slot-drift.checker.ts';
import { slotHistoryChecker } from './slot-history.checker.ts';
import { stateMachineChecker } from './state-machine.checker.ts';

/** Every checker, and what it shows when it finds nothing. `checkSlotHistory` gives what C2 could not decide. */
export const ALL_CHECKERS: Readonly<
  Record<CheckerName, { readonly check: Checker; readonly sentence: string }>
> = {
  C1: { check: neverTwoChecker, sentence: 'no moment had two active broadcasts of one customer' },
  C2: {
    check: slotHistoryChecker,
    sentence: "each customer's answers fit into one order that a single slot explains",
  },
  C3: { check: slotDriftChecker, sentence: 'the slots taken were always those of the active rows' },
  C4: {
    check: (history) =>
      [acknowledgementChecker, idempotencyChecker, refusedRetryChecker].flatMap((check) => check(history)),
    sentence: 'what was acknowledged is stored, once, and what was refused is not',
  },
  C5: { check: outboxChecker, sentence: 'each broadcast has its events, in order, and all are delivered' },
  C6: { check: keyChecker, sentence: 'after healing the keys are those of the active broadcasts' },
  C7: { check: latencyChecker(), sentence: 'every request had its end within 5 s' },
  C8: { check: livenessChecker, sentence: 'after healing every customer could create again within 2 s' },
  C9: {
    check: stateMachineChecker(),
    sentence: 'every step was legal, and every answer was true while awaited',
  },
};
