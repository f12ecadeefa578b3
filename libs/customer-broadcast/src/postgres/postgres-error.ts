import { QueryFailedError } from 'typeorm';

/** The name of the constraint that refused a statement; undefined for any other error. */
export function constraintOf(error: unknown): string | undefined {
  return fieldOf(error, 'constraint');
}

/** Postgres ended a statement because two transactions waited for each other. Repeated, it waits for the other one only. */
export function isDeadlock(error: unknown): boolean {
  return fieldOf(error, 'code') === '40P01';
}

/** Postgres ended a statement because it had waited for a lock for as long as it may. */
export function isLockTimeout(error: unknown): boolean {
  return fieldOf(error, 'code') === '55P03';
}

/**
 * Postgres refused a statement for what is in one of its rows, as far as one can tell: its data (22), a constraint (23), whom it
 * met (40), or what a trigger thinks of it (P0). Not for what the server lacks, nor for a connection that is lost.
 *
 * @see https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export function isFaultOfARow(error: unknown): boolean {
  return /^(22|23|40|P0)/.test(fieldOf(error, 'code') ?? '');
}

function fieldOf(error: unknown, field: 'constraint' | 'code'): string | undefined {
  const driverError: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (!(driverError instanceof Error)) return undefined;
  const value = (driverError as Partial<Record<typeof field, unknown>>)[field];
  return typeof value === 'string' ? value : undefined;
}
