import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { CancelBroadcastDto } from './broadcast.dto.ts';

const fieldsRefused = (body: object): string[] =>
  validateSync(plainToInstance(CancelBroadcastDto, body)).map(({ property }) => property);

describe('the body of a cancel', () => {
  it.each([{}, { reason: undefined }, { reason: 'r' }, { reason: 'r'.repeat(500) }])('may be %j', (body) => {
    expect(fieldsRefused(body)).toEqual([]);
  });

  it('has its reason trimmed', () => {
    const reason = ` ${'r'.repeat(500)} `;
    expect(plainToInstance(CancelBroadcastDto, { reason })).toEqual({ reason: reason.trim() });
    expect(fieldsRefused({ reason })).toEqual([]);
  });

  it.each([
    { reason: '' },
    { reason: '   ' },
    { reason: 'r'.repeat(501) },
    { reason: 7 },
    { reason: 'a\0b' },
  ])('is refused as %j', (body) => {
    expect(fieldsRefused(body)).toEqual(['reason']);
  });
});
