/** Columns that the owner of a table has made for a proof. @publicApi */
export interface ProofColumns {
  /** The key while the row is active, else NULL; usually a generated column. */
  readonly key: string;
  /** The table's `as`, in every row; usually a generated column. */
  readonly source: string;
}

/** A table under the rule, as it is. @publicApi */
export interface TableDefinition {
  /** Its name as SQL has it. @example 'dispatch.rides' or '"Ride"' */
  readonly table: string;
  /** What `holders` calls it. @default the table */
  readonly as?: string;
  /** SQL for the id of a row. @example 'id' */
  readonly id: string;
  /** SQL for the key of a row; a row whose key is NULL takes no slot. @example '"userId"' */
  readonly key: string;
  /** SQL condition over a row. @example "status IN ('requested', 'matched')" */
  readonly activeWhen: string;
  /**
   * Adds a deferred foreign key from these columns to the slots, so that a trigger that was switched off becomes an error
   * instead of a second row. Only for a table whose owner made the columns.
   */
  readonly proof?: ProofColumns;
}

/** At most `slots` active rows per key, over all of the tables together. @publicApi */
export interface RuleDefinition {
  /** Lower-case letters, digits and `-`, 1 to 40 characters, a letter first. */
  readonly name: string;
  /** A whole number from 1 to 1000, or SQL over the row. @default 1 */
  readonly slots?: number | string;
  /** Where the rule keeps its slots. @default 'single_active' */
  readonly schema?: string;
  /** One or more. */
  readonly tables: readonly TableDefinition[];
}
