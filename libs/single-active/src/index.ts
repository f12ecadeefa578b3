export type { Database } from './database.interface.ts';
export type { ProofColumns, RuleDefinition, TableDefinition } from './rule-definition.interface.ts';
export { asSlotTaken, type SlotTaken } from './slot-taken.ts';
