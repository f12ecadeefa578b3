/** One thing that is wrong with a rule. @publicApi */
export interface RuleFault {
  /** Path of the field. @example 'tables[0].key' */
  readonly field: string;
  readonly fault: string;
  readonly remedy: string;
}

/** A rule that cannot be installed as it is written. Nothing was changed in the database. @publicApi */
export class RuleDefinitionError extends Error {
  override readonly name = 'RuleDefinitionError';

  constructor(
    readonly rule: string,
    readonly faults: readonly RuleFault[],
  ) {
    super(
      `The rule '${rule}' cannot be used.\n${faults
        .map(({ field, fault, remedy }) => `- ${field} ${fault}. ${remedy}`)
        .join('\n')}`,
    );
  }
}
