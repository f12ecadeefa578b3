/**
 * How far an instant of the database may lie from the same instant on the run's clock. Too small: an alarm that means
 * nothing. Too large: an answer that was stale by less is not seen, but the order of answers is checked without any clock.
 */
export const CLOCK_TOLERANCE_MS = 250;

/** After this the lock of a create that was not released is gone (P6). */
export const LOCK_TTL_MS = 10_000;

/** Within this every request has an answer (P14). */
export const ANSWER_LIMIT_MS = 5000;
