import { describe, expect, it } from '@jest/globals';

import { asSlotTaken } from './slot-taken.ts';

const REFUSAL = {
  code: '23505',
  constraint: 'single_active:one-ride',
  detail: 'Key (key, slot)=(7, 1) already exists.',
};

function wrap(error: object, times: number): object {
  return times === 0 ? error : wrap({ cause: error }, times - 1);
}

describe('asSlotTaken', () => {
  it.each([undefined, null, 'text', 5, Symbol('x'), () => REFUSAL, [], {}, new Error('text')])(
    'is null for %p',
    (error) => {
      expect(asSlotTaken(error)).toBeNull();
    },
  );

  it.each([
    ['another SQLSTATE', { ...REFUSAL, code: '23503' }],
    ['the constraint for a row', { ...REFUSAL, constraint: 'single_active:one-ride:row' }],
    ['a constraint that only begins alike', { ...REFUSAL, constraint: 'single_active:' }],
    ['an index of a table of the application', { ...REFUSAL, constraint: 'uq_single_active:one-ride' }],
  ])('is null for %s', (_, error) => {
    expect(asSlotTaken(error)).toBeNull();
  });

  it.each([
    ['German', 'Schlüssel »(key, slot)=(7, 1)« existiert bereits.'],
    ['French', 'La clé « (key, slot)=(7, 1) » existe déjà.'],
  ])('reads the key where the server speaks %s', (_, detail) => {
    expect(asSlotTaken({ ...REFUSAL, detail })).toEqual({ rule: 'one-ride', key: '7' });
  });

  it('reads a key with line breaks and brackets', () => {
    const detail = 'Key (key, slot)=(a), 2)\nb, 1) already exists.';
    expect(asSlotTaken({ ...REFUSAL, detail })).toEqual({ rule: 'one-ride', key: 'a), 2)\nb' });
  });

  it('has no key where the driver shows no detail', () => {
    expect(asSlotTaken({ ...REFUSAL, detail: undefined })).toEqual({ rule: 'one-ride', key: null });
  });

  it('finds a refusal that twenty layers wrap', () => {
    expect(asSlotTaken(wrap(REFUSAL, 20))).toEqual({ rule: 'one-ride', key: '7' });
  });

  it('ends at a cycle', () => {
    const error: Record<string, unknown> = { errors: [] };
    error.cause = { cause: error, errors: [error] };
    expect(asSlotTaken(error)).toBeNull();
  });

  it('ends at a getter that makes a new error each time', () => {
    class Endless {
      get cause(): Endless {
        return new Endless();
      }
    }
    expect(asSlotTaken(new Endless())).toBeNull();
  });

  it('goes on past a field that throws', () => {
    class Broken {
      readonly meta = REFUSAL;
      get code(): string {
        throw new Error('not now');
      }
      get errors(): unknown[] {
        throw new Error('not now');
      }
    }
    expect(asSlotTaken(new Broken())).toEqual({ rule: 'one-ride', key: '7' });
  });

  it('gives up on a proxy that throws for everything', () => {
    const hostile = (target: object): object =>
      new Proxy(target, {
        get: () => {
          throw new Error('no');
        },
        getPrototypeOf: () => {
          throw new Error('no');
        },
      });
    expect(asSlotTaken(hostile({}))).toBeNull();
    expect(asSlotTaken({ errors: hostile([]), cause: REFUSAL })).toEqual({ rule: 'one-ride', key: '7' });
  });
});
