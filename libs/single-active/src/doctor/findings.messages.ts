import type { RuleFault } from '../rule-definition.error.ts';
import type { Finding, FindingCode } from './finding.interface.ts';

const INSTALL = 'Run install: it repairs this while the tables are in use.';

const repaired = (code: FindingCode, message: string): Finding => ({ code, message, remedy: INSTALL });

export const schemaMissing = (schema: string): Finding =>
  repaired('schema-missing', `The schema ${schema} is not there, and no rule is installed.`);

export const ruleMissing = (rule: string): Finding =>
  repaired('rule-missing', `The rule '${rule}' is not installed in this database.`);

export const installUnfinished = (rule: string): Finding =>
  repaired(
    'install-unfinished',
    `An install of the rule '${rule}' has not come to its end: it refuses nothing.`,
  );

export const versionDiffers = (installed: number, version: number): Finding =>
  repaired(
    'version-differs',
    `The SQL of the rule is of version ${installed}, and this package's of ${version}.`,
  );

export const definitionDiffers = (rule: string): Finding =>
  repaired('definition-differs', `The rule '${rule}' is installed with another definition.`);

export const ofFault = ({ field, fault, remedy }: RuleFault): Finding => ({
  code: field.endsWith('.table') ? 'table-missing' : 'definition-invalid',
  message: `${field} ${fault}.`,
  remedy,
});

export const triggerMissing = (trigger: string, table: string): Finding =>
  repaired(
    'trigger-missing',
    `The trigger ${trigger} on ${table} is missing or has another name: writes pass unseen.`,
  );

export const truncateMissing = (trigger: string, partition: string): Finding =>
  repaired(
    'partition-truncate-missing',
    `The trigger ${trigger} on the partition ${partition} is missing: a TRUNCATE of it would leave its slots taken.`,
  );

export const triggerDisabled = (trigger: string, table: string): Finding =>
  repaired('trigger-disabled', `The trigger ${trigger} on ${table} is disabled: writes pass unseen.`);

export const triggerNotAlways = (trigger: string, table: string): Finding =>
  repaired(
    'trigger-not-always',
    `The trigger ${trigger} on ${table} does not always fire: writes under session_replication_role pass unseen.`,
  );

export const triggerBeforeRule = (trigger: string, table: string): Finding => ({
  code: 'trigger-before-rule',
  message: `The trigger ${trigger} on ${table} fires before the rule's: what it writes to the row is seen too early.`,
  remedy: `Rename it, so that it does not begin with '!': ALTER TRIGGER ${trigger} ON ${table} RENAME TO ….`,
});

export const functionChanged = (name: string): Finding =>
  repaired(
    'function-changed',
    `The function ${name} is missing, was replaced, or may be called by every role.`,
  );

export const slotTableChanged = (slots: string, what: string): Finding => ({
  code: 'slot-table-changed',
  message: `The slots in ${slots} are not as the rule made them: ${what}.`,
  remedy: 'Run uninstall, then install: the slots are made anew from the rows.',
});

export const slotMissing = (count: number, example: string): Finding =>
  repaired(
    'slot-missing',
    `${count} active rows have no slot, e.g. ${example}: a second row of their key would pass.`,
  );

export const slotOrphaned = (count: number, example: string): Finding =>
  repaired(
    'slot-orphaned',
    `${count} slots have no active row, e.g. ${example}: their keys are refused for nothing.`,
  );

export const proofMissing = (table: string): Finding =>
  repaired('proof-missing', `The foreign key of the proof on ${table} is missing.`);

export const proofNotValid = (table: string): Finding =>
  repaired(
    'proof-not-valid',
    `The foreign key of the proof on ${table} was not validated for the rows that were there.`,
  );

export const violations = (count: number, example: string): Finding => ({
  code: 'violations',
  message: `${count} keys have more active rows than their number, e.g. ${example}.`,
  remedy: "End the rows that are too many. 'report' lists them.",
});

export const observing = (rule: string): Finding => ({
  code: 'observing',
  message: `The rule '${rule}' observes: it counts what it would refuse.`,
  remedy: "Look at 'report', then run install with the mode 'enforce'.",
});
