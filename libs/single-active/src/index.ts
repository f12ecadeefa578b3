export type { Database } from './database.interface.ts';
export type { ProofColumns, RuleDefinition, TableDefinition } from './rule-definition.interface.ts';
