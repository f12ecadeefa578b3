import { type ApplicationDatabase } from './application-database.ts';

export interface Outcome {
  readonly won: number;
  /** SQLSTATE of each loser. */
  readonly lost: readonly string[];
}

/** Runs `count` statements on connections of the pool at the same time, and says how they ended. */
export async function raceOf(
  database: ApplicationDatabase,
  count: number,
  sqlOf: (index: number) => string,
): Promise<Outcome> {
  const clients = await Promise.all(Array.from({ length: count }, () => database.pool.connect()));
  try {
    const outcomes = await Promise.allSettled(
      clients.map(async (client, index) => {
        try {
          await client.query(sqlOf(index));
        } catch (error) {
          await client.query('ROLLBACK');
          throw error;
        }
      }),
    );
    return {
      won: outcomes.filter(({ status }) => status === 'fulfilled').length,
      lost: outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : [],
      ),
    };
  } finally {
    for (const client of clients) client.release();
  }
}
