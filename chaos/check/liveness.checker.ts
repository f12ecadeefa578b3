import type { Checker } from '../history/violation.interface.ts';

/** How soon a customer whose slot is free can create again once everything is healthy. */
const RECOVERY_LIMIT_MS = 2000;

/** C8: after healing every customer who was asked to could create again, and soon. */
export const livenessChecker: Checker = ({ probes, healedAtMs }) =>
  probes
    .filter(({ status, waitedMs }) => status !== 201 || waitedMs > RECOVERY_LIMIT_MS)
    .map(({ customerId, status, waitedMs }) => ({
      checker: 'C8',
      customerId,
      atMs: healedAtMs,
      message:
        status === 201
          ? `${customerId} could create again only after ${Math.round(waitedMs)} ms, more than ${RECOVERY_LIMIT_MS} ms`
          : `${customerId} could not create after healing: ${status} after ${Math.round(waitedMs)} ms`,
    }));
