/** Every text of the client, as functions, so that tests compare with them and not with copies. */

export const UNKNOWN_TITLE = 'The service cannot answer right now';

export const OUTCOME_UNKNOWN_TEXT = (pattern: string, attempts: number, key?: string): string =>
  `'${pattern}' was sent ${attempts} time(s) and not answered in time; whether it was carried out is unknown. ` +
  (key === undefined
    ? 'It only reads: ask again.'
    : `Repeating it with the idempotency key '${key}' is safe.`);

export const NOT_SENT_TEXT = (pattern: string, reason: string): string =>
  `'${pattern}' was not sent, for Redis cannot be reached (${reason}). Nothing has changed; try again.`;

export const NO_PROBLEM_TEXT = (pattern: string): string =>
  `'${pattern}' was answered with an error that is no problem of ours. Look at the logs of the service that answers it.`;

export const BAD_KIND_TEXT = (value: unknown): string =>
  `kind is ${shown(value)}; it takes the name of a kind: a lower-case letter, then at most 39 of a-z, 0-9 and _`;

export const BAD_ID_TEXT = (value: unknown): string =>
  `id is ${shown(value)}; it takes the id of a broadcast, 1 to 100 characters`;

export const BAD_KEY_TEXT = (value: unknown): string =>
  `idempotencyKey is ${shown(value)}; it takes 1 to 255 printable ASCII characters, or nothing for a new one`;

export const BAD_SUB_TEXT = (value: unknown): string =>
  `actor.sub is ${shown(value)}; it takes 1 to 128 visible ASCII characters`;

export const BAD_ROLE_TEXT = (value: unknown): string =>
  `actor.role is ${shown(value)}; it takes 1 to 64 visible ASCII characters`;

export const BAD_ACTION_TEXT = (value: unknown): string =>
  `step is ${shown(value)}; it takes the last part of a pattern: a lower-case letter, then at most 39 of a-z, 0-9 and -`;

export const BAD_BODY_TEXT = (field: string): string =>
  `${field} takes a plain object that JSON can write: no list, no cycle, no BigInt`;

export const BAD_NUMBER_TEXT = (field: string, value: unknown, max: number): string =>
  `${field} is ${shown(value)}; it takes a whole number up to ${max}`;

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : typeof value;
}
