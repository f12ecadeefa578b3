import { QueryFailedError } from 'typeorm';

/** The name of the constraint that refused a statement; undefined for any other error. */
export function constraintOf(error: unknown): string | undefined {
  return fieldOf(error, 'constraint');
}

/** Postgres ended a statement because two transactions waited for each other. Repeated, it waits for the other one only. */
export function isDeadlock(error: unknown): boolean {
  return fieldOf(error, 'code') === '40P01';
}

function fieldOf(error: unknown, field: 'constraint' | 'code'): string | undefined {
  const driverError: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (!(driverError instanceof Error)) return undefined;
  const value = (driverError as Partial<Record<typeof field, unknown>>)[field];
  return typeof value === 'string' ? value : undefined;
}
