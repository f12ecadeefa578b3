import { type ApplicationDatabase } from './application-database.ts';

/** The error that a statement ends with; throws when it ends well. */
export async function errorOf(statement: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await statement;
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error('The statement was not refused.');
}

/** Whether a statement is refused by the rule; another error is thrown on. */
export async function isRefused(rule: string, statement: Promise<unknown>): Promise<boolean> {
  try {
    await statement;
    return false;
  } catch (error) {
    const { code, constraint } = error as Record<string, unknown>;
    if (code === '23505' && constraint === `single_active:${rule}`) return true;
    throw error;
  }
}

/** All slots of a rule as text, ordered. */
export const slotsOf = async (database: ApplicationDatabase, rule: string): Promise<string[]> =>
  (
    await database.query<{ slot: string }>(
      `SELECT key || '/' || slot || ' ' || source || ' ' || row_id AS slot FROM single_active."${rule}" ORDER BY 1`,
    )
  ).map(({ slot }) => slot);
