import { type Database } from '../database.interface.ts';

/** A Knex instance with the client `pg`, or a transaction of one. @publicApi */
export interface KnexQueryable {
  // Knex declares its client as `any`, so every shape fits here. It is checked when it is used.
  readonly client: unknown;
  /** Only a transaction has it. */
  isCompleted?(): boolean;
}

interface KnexClient {
  acquireConnection(): Promise<Database>;
  releaseConnection(connection: Database): Promise<unknown>;
}

/**
 * Lets the rule ask through Knex. A transaction's statements stay in that transaction.
 *
 * The statements go to the connection itself: `knex.raw` would take every `?` in them for a value.
 *
 * @throws Error from `query` when the transaction has ended; nothing was executed
 * @example await install(fromKnex(knex), rule);
 * @publicApi
 */
export function fromKnex(knex: KnexQueryable): Database {
  const client = knex.client as KnexClient;
  return {
    query: async (text, params) => {
      if (knex.isCompleted?.() === true) {
        throw new Error(
          'The Knex transaction has ended. Pass a transaction that is open, or the Knex instance.',
        );
      }
      const connection = await client.acquireConnection();
      try {
        const { rows } = await connection.query(text, params);
        return { rows };
      } finally {
        await client.releaseConnection(connection);
      }
    },
  };
}
