import type { RuleFault } from '../rule-definition.error.ts';

/** What Postgres says is wrong with an expression, as a fault of its field. */
export function faultOf(error: unknown, field: string): RuleFault {
  const state = stateOf(error);
  // Only what is wrong with the text of a statement (class 42) is the definition's fault.
  if (!state?.startsWith('42')) throw error;
  const message = messageOf(error);
  if (state === '42501')
    return {
      field,
      fault: `may not be read: ${message}`,
      remedy: 'Run this as the owner of the tables.',
    };
  return { field, fault: `is not valid over its table: ${message}`, remedy: 'Correct it.' };
}

/** The SQLSTATE, wherever a driver or an ORM keeps it. */
export function stateOf(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; typeof at === 'object' && at !== null && depth < 10; depth++) {
    const { code, originalCode, cause, driverError, meta } = at as Record<string, unknown>;
    for (const state of [originalCode, code])
      if (typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state) && state !== 'P2010') return state;
    at = driverError ?? (meta as Record<string, unknown> | undefined)?.driverAdapterError ?? cause;
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
