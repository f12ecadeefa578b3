/**
 * What the rule needs of a database: one statement at a time. A client or a pool of `pg` fits as it is; each statement may
 * run on another connection.
 *
 * @publicApi
 */
export interface Database {
  /** @throws the driver's error, unchanged */
  query(text: string, params?: unknown[]): Promise<{ rows: unknown[] }>;
}
