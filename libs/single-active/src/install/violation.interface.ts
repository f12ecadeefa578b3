/** A key with more active rows than its number. @publicApi */
export interface Violation {
  /** As Postgres prints it. */
  readonly key: string;
  /** Two or more. An id is what JSON has for it: a number for `integer`, else text. */
  readonly rows: readonly { readonly table: string; readonly id: string | number }[];
}
