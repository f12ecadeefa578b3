/** How deep an error may be wrapped; a bound only, so that a cycle of causes ends. */
const MAX_DEPTH = 6;

const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** https://www.postgresql.org/docs/current/errcodes-appendix.html; class 08 is matched by its prefix. */
const POSTGRES_CODES = new Set([
  '25006', // read only: connected to a former primary
  '25P03', // idle in transaction for too long
  '40001', // serialization failure
  '40P01', // deadlock
  '53100', // disk full
  '53200', // out of memory
  '53300', // too many connections
  '55P03', // lock not available in time
  '57014', // statement timeout
  '57P01', // administrator shut the server down
  '57P02', // crash of another session
  '57P03', // still starting up
]);

const NAMES = new Set([
  'CannotExecuteNotConnectedError',
  'CannotGetEntityManagerNotConnectedError',
  'ConnectionIsNotSetError',
  // Entities are known only once the data source has connected.
  'EntityMetadataNotFoundError',
  'MaxRetriesPerRequestError',
  // TypeORM gives a connection that broke back at once, under whoever is in the middle of a transaction.
  'QueryRunnerAlreadyReleasedError',
  'QueryRunnerProviderAlreadyReleasedError',
]);

const MESSAGES = [
  /^timeout exceeded when trying to connect/,
  /^timeout expired/,
  /^Query read timeout/,
  /^Connection terminated/,
  /^Client has encountered a connection error/,
  /^Driver not Connected/,
  /^Cannot use a pool after calling end/,
  /^Connection is closed/,
  /^Command timed out/,
  /^No answer within \d+ ms/,
  /^Stream isn't writeable/,
];

/** Whether an error, or what it wraps, says that Postgres or Redis could not be reached in time. */
export function isDependencyFailure(error: unknown, depth = 0): boolean {
  // Not instanceof: an error may come from another realm, as the system's do in a vm context.
  if (!Error.isError(error) || depth > MAX_DEPTH) return false;
  if (isUnavailable(error)) return true;
  const { cause, driverError, errors } = error as {
    cause?: unknown;
    driverError?: unknown;
    errors?: unknown;
  };
  return [cause, driverError, ...(Array.isArray(errors) ? (errors as unknown[]) : [])].some((inner) =>
    isDependencyFailure(inner, depth + 1),
  );
}

function isUnavailable(error: Error): boolean {
  const { code, routine } = error as { code?: unknown; routine?: unknown };
  // A table has changed under a prepared statement, which is prepared anew by now: `cached plan must not change result type`.
  if (code === '0A000' && routine === 'RevalidateCachedQuery') return true;
  if (
    typeof code === 'string' &&
    (SYSTEM_CODES.has(code) || POSTGRES_CODES.has(code) || /^08\w{3}$/.test(code))
  ) {
    return true;
  }
  return NAMES.has(error.name) || MESSAGES.some((pattern) => pattern.test(error.message));
}
