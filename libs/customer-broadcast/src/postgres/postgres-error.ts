/** How far an error is unwrapped. TypeORM, Drizzle and Prisma wrap it twice at most; a filter of the application may add to that. */
const MAX_DEPTH = 8;

/** The classes of SQLSTATE. Prisma and Node have codes of the same field and length: `P2002`, `EPIPE`. */
const SQLSTATE = /^(\d[0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/;

/**
 * The name of the constraint that refused a statement; undefined for any other error. The error may be the driver's, or one
 * of TypeORM, Drizzle, Kysely, Knex or Prisma around it.
 */
export function constraintOf(error: unknown): string | undefined {
  return firstOf(error, ({ constraint }) => {
    if (typeof constraint === 'string') return constraint;
    const { index } = fieldsOf(constraint); // Prisma's adapters
    return typeof index === 'string' ? index : undefined;
  });
}

/** Postgres ended a statement because two transactions waited for each other. Repeated, it waits for the other one only. */
export function isDeadlock(error: unknown): boolean {
  return sqlStateOf(error) === '40P01';
}

/** Postgres ended a statement because it had waited for a lock for as long as it may. */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === '55P03';
}

/** Postgres refused to write in a session that reads only: of a standby, or opened while that was the default. */
export function isReadOnlySession(error: unknown): boolean {
  return sqlStateOf(error) === '25006';
}

/**
 * A table has changed so that a prepared statement would return other columns; Postgres never runs it again. By the place in
 * its source, as the text comes in the server's language.
 */
export function isVoidPlan(error: unknown): boolean {
  const routine = firstOf(error, (fields) =>
    typeof fields.routine === 'string' ? fields.routine : undefined,
  );
  return sqlStateOf(error) === '0A000' && routine === 'RevalidateCachedQuery';
}

/**
 * Postgres refused a statement for what is in one of its rows, as far as one can tell: its data (22), a constraint (23), whom it
 * met (40), or what a trigger thinks of it (P0). Not for what the server lacks, nor for a connection that is lost.
 *
 * @see https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export function isFaultOfARow(error: unknown): boolean {
  return /^(22|23|40|P0)/.test(sqlStateOf(error) ?? '');
}

/** What Postgres said was wrong; undefined when it did not answer. */
export function sqlStateOf(error: unknown): string | undefined {
  return firstOf(error, ({ originalCode, code }) => {
    const state = originalCode ?? code; // the former is of Prisma's adapters
    return typeof state === 'string' && SQLSTATE.test(state) ? state : undefined;
  });
}

type Fields = Readonly<Record<string, unknown>>;

/** The first that is found in the error and in those that it wraps, the outermost first. A cycle ends the search. */
function firstOf(error: unknown, find: (fields: Fields) => string | undefined): string | undefined {
  const seen = new Set<unknown>();
  let wrapped: readonly unknown[] = [error];
  for (let depth = 0; depth <= MAX_DEPTH && wrapped.length > 0; depth++) {
    const errors = wrapped.filter((candidate) => !seen.has(candidate)).map(fieldsOf);
    for (const candidate of wrapped) seen.add(candidate);
    for (const fields of errors) {
      const found = find(fields);
      if (found !== undefined) return found;
    }
    wrapped = errors.flatMap(wrappedBy);
  }
  return undefined;
}

function wrappedBy({ cause, driverError, meta }: Fields): readonly unknown[] {
  return [driverError, cause, fieldsOf(meta).driverAdapterError].filter(isObject);
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
