import { describe, expect, it } from '@jest/globals';

import { RuleDefinitionError } from './rule-definition.error.ts';
import type { RuleDefinition, TableDefinition } from './rule-definition.interface.ts';
import { defineRule } from './rule.ts';

const TABLE: TableDefinition = { table: 'rides', id: 'id', key: 'rider_id', activeWhen: "status = 'open'" };

function faultsOf(rule: Partial<RuleDefinition>, table: Partial<TableDefinition> = {}): readonly string[] {
  try {
    defineRule({ name: 'r', tables: [{ ...TABLE, ...table }], ...rule });
    return [];
  } catch (error) {
    return (error as RuleDefinitionError).faults.map(({ field, fault }) => `${field} ${fault}`);
  }
}

describe('the definition of a rule', () => {
  it('gets its defaults', () => {
    expect(defineRule({ name: 'r', tables: [TABLE] })).toEqual({
      name: 'r',
      slots: 1,
      schema: 'single_active',
      tables: [{ ...TABLE, as: 'rides' }],
    });
  });

  it('is refused with every fault at once, each with its remedy', () => {
    const define = (): unknown => defineRule({ name: 'No', slots: 0, tables: [{ ...TABLE, id: '' }] });
    expect(define).toThrow(RuleDefinitionError);
    expect(define).toThrow(
      /- name is "No"\. Use 1 to 40.*\n- slots is 0\. Use.*\n- tables\[0\]\.id is ""\. Use SQL/,
    );
  });

  it.each([
    ['now()', 'now'],
    ['ends_at > CURRENT_TIMESTAMP', 'CURRENT_TIMESTAMP'],
    ['owner = current_user', 'current_user'],
  ])('is refused where a row would become active without a write: %s', (activeWhen, word) => {
    expect(faultsOf({}, { activeWhen })).toEqual([
      `tables[0].activeWhen depends on ${word}, which changes without a write to the row`,
    ]);
  });

  it('is refused where it reads other rows', () => {
    expect(faultsOf({}, { key: '(SELECT max(k) FROM other)' })).toEqual([
      'tables[0].key reads other rows, which change without a write to this row',
    ]);
  });

  it('may have such words in texts and names', () => {
    expect(faultsOf({}, { activeWhen: `"now" = 'select now()'` })).toEqual([]);
  });

  it.each(['a; b', 'a -- b', 'a /* b', "'a", '$$a$$'])(
    'is refused for SQL that would end its statement: %s',
    (key) => {
      expect(faultsOf({}, { key })).toHaveLength(1);
    },
  );
});
