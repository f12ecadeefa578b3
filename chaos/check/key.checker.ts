import type { Checker, Violation } from '../history/violation.interface.ts';
import { isActive } from './status.ts';

/** C6: after healing and quiet the keys are those of the active rows, and name them. */
export const keyChecker: Checker = ({ keys, rows }) => {
  const expected = new Map(
    rows
      .filter(({ status }) => isActive(status))
      .map(({ customerId, kind, broadcastId }) => [customerId, `${kind}:${broadcastId}`]),
  );
  const customers = new Set([...expected.keys(), ...Object.keys(keys)]);
  return [...customers].flatMap((customerId): Violation[] => {
    const wanted = expected.get(customerId);
    const found = keys[customerId];
    if (found === wanted) return [];
    const message = `the key of ${customerId} is ${found ?? 'missing'}, and should be ${wanted ?? 'missing'}`;
    return [{ checker: 'C6', customerId, atMs: null, message }];
  });
};
