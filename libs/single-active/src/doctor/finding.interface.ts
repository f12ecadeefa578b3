/** What `doctor` can find. @publicApi */
export type FindingCode =
  | 'schema-missing'
  | 'rule-missing'
  | 'install-unfinished'
  | 'version-differs'
  | 'definition-differs'
  | 'definition-invalid'
  | 'table-missing'
  | 'trigger-missing'
  | 'trigger-disabled'
  | 'trigger-not-always'
  | 'trigger-before-rule'
  | 'partition-truncate-missing'
  | 'function-changed'
  | 'slot-table-changed'
  | 'slot-missing'
  | 'slot-orphaned'
  | 'proof-missing'
  | 'proof-not-valid'
  | 'violations'
  | 'observing';

/** Something that keeps a rule from holding, or that its owner should know. @publicApi */
export interface Finding {
  readonly code: FindingCode;
  /** What is so, with names. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The state of a rule. @publicApi */
export interface Diagnosis {
  /** Whether the rule holds, or only observes as it was told to. */
  readonly ok: boolean;
  /** In the order in which they are best dealt with; empty when the rule holds. */
  readonly findings: readonly Finding[];
}
