import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { QueryFailedError } from 'typeorm';
import { constraintOf, isDeadlock, isFaultOfARow, isLockTimeout } from './postgres-error.ts';

const NAME = 'uq_bookings_active_customer';

function refusal(code = '23505'): pg.DatabaseError {
  const message = `duplicate key value violates unique constraint "${NAME}"`;
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), {
    code,
    severity: 'ERROR',
    constraint: NAME,
  });
}

const wrappers: Record<string, (error: pg.DatabaseError) => unknown> = {
  'the driver': (error) => error,
  TypeORM: (error) => new QueryFailedError('INSERT', [], error),
  Drizzle: (cause) => new Error('Failed query: insert into "bookings"', { cause }),
  'the driver adapter of Prisma': (error) => ({
    name: 'DriverAdapterError',
    cause: {
      kind: 'UniqueConstraintViolation',
      originalCode: error.code,
      originalMessage: error.message,
      constraint: { index: error.constraint },
    },
  }),
  Prisma: (error) =>
    Object.assign(new Error('Unique constraint failed'), {
      code: 'P2002',
      meta: { modelName: 'Booking', driverAdapterError: wrappers['the driver adapter of Prisma']!(error) },
    }),
  'the application, around TypeORM': (error) =>
    new Error('not saved', { cause: new Error('repository', { cause: wrappers.TypeORM!(error) }) }),
  'a cycle': (error) => {
    const outer = new Error('outer', { cause: error });
    return Object.assign(outer, { driverError: outer, meta: { driverAdapterError: outer } });
  },
};

describe('an error of Postgres', () => {
  it.each(Object.keys(wrappers))('is read for its constraint and its code when it comes from %s', (from) => {
    const wrap = wrappers[from]!;
    expect(constraintOf(wrap(refusal()))).toBe(NAME);
    expect(isFaultOfARow(wrap(refusal()))).toBe(true);
    expect(isDeadlock(wrap(refusal('40P01')))).toBe(true);
    expect(isDeadlock(wrap(refusal()))).toBe(false);
    expect(isLockTimeout(wrap(refusal('55P03')))).toBe(true);
  });

  it('is not made of the code of another library', () => {
    expect(isFaultOfARow(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))).toBe(false);
    expect(isFaultOfARow(Object.assign(new Error('raw query failed'), { code: 'P0' }))).toBe(false);
    expect(
      isFaultOfARow({ code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: '42601' } } } }),
    ).toBe(false);
  });

  it.each([undefined, null, 'text', 7, new Error('no answer'), { cause: null, meta: 'none', constraint: 7 }])(
    'is not found in %p',
    (error) => {
      expect(constraintOf(error)).toBeUndefined();
      expect(isFaultOfARow(error)).toBe(false);
    },
  );

  it('is looked for to a limited depth, also when each error wraps new ones', () => {
    let reads = 0;
    const endless = (): object => ({
      get cause() {
        reads += 1;
        return endless();
      },
    });
    expect(constraintOf(endless())).toBeUndefined();
    expect(reads).toBeLessThan(20);
  });
});
