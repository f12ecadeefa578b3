/** The life of a kind, as the database has to know it. A lifecycle that a kind declares in code fits. @publicApi */
export interface InstalledLife {
  /** All of them: lower-case letters, digits and `_`. */
  readonly statuses: readonly string[];
  /** That of a new row. */
  readonly initial: string;
  /** Those in which a row takes its customer's slot. */
  readonly active: readonly string[];
  /** The one that a customer's cancel leads to. */
  readonly cancelled: string;
  /** The one that a passed deadline leads to; null: the kind has no deadline. */
  readonly expired: string | null;
}

interface InstalledName {
  /** As in events and answers: lower-case letters, digits and `_`. */
  readonly name: string;
  /** Its table as SQL has it, which exists. @example 'parcels' or 'dispatch.rides' */
  readonly table: string;
  /** Path of its HTTP resource, from which the cancel link is made. @example '/v1/parcels' */
  readonly route: string;
}

/** A kind whose table the library may add columns to: it keeps the statuses, the deadline, the history and the events. @publicApi */
export interface InstalledKindWithLife extends InstalledName {
  readonly life: InstalledLife;
}

/** A kind whose table stays as it is: the library keeps one active row per customer, and nothing more. @publicApi */
export interface InstalledGuardedKind extends InstalledName {
  /** SQL for the id of a row. @example 'id' */
  readonly id: string;
  /** SQL for the customer of a row. @example 'rider_id' */
  readonly customer: string;
  /** SQL condition over a row. @example "status IN ('requested', 'matched')" */
  readonly activeWhen: string;
}

/** What the database is told of a kind. @publicApi */
export type InstalledKind = InstalledKindWithLife | InstalledGuardedKind;

export function hasLife(kind: InstalledKind): kind is InstalledKindWithLife {
  return 'life' in kind;
}
