import { describe, expect, test } from '@jest/globals';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import type { ArgumentMetadata } from '@nestjs/common';
import { PlatformException } from '../problems/platform.exception.ts';
import type { FieldError } from '../problems/problem.interface.ts';
import { Text } from './text.decorator.ts';
import { createValidationPipe } from './validation.pipe.ts';

class PlaceDto {
  @Min(-90)
  @Max(90)
  readonly latitude: number;

  @Text()
  readonly address: string;
}

class ItemDto {
  @IsInt()
  readonly quantity: number;
}

class OrderDto {
  @ValidateNested()
  @Type(() => PlaceDto)
  readonly pickup: PlaceDto;

  @IsArray()
  @ArrayMaxSize(2)
  @ValidateNested({ each: true })
  @Type(() => ItemDto)
  readonly items: ItemDto[];

  @IsOptional()
  @Text()
  readonly goodsType?: string;
}

class PageDto {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  readonly limit?: number;
}

const pipe = createValidationPipe();
const BODY: ArgumentMetadata = { type: 'body', metatype: OrderDto };
const valid = () => ({ pickup: { latitude: 1, address: ' Street 1 ' }, items: [{ quantity: 1 }] });

async function errorsFor(value: unknown, metadata = BODY): Promise<readonly FieldError[]> {
  try {
    await pipe.transform(value, metadata);
  } catch (error) {
    if (error instanceof PlatformException && error.code === 'VALIDATION_FAILED') {
      return error.details.errors as FieldError[];
    }
    throw error;
  }
  return [];
}

const fieldsFor = async (value: unknown, metadata = BODY) => [
  ...new Set((await errorsFor(value, metadata)).map(({ field }) => field)),
];

describe('the validation pipe', () => {
  test('gives the handler an instance with trimmed strings', async () => {
    const order = (await pipe.transform(valid(), BODY)) as OrderDto;
    expect(order).toBeInstanceOf(OrderDto);
    expect(order.pickup).toBeInstanceOf(PlaceDto);
    expect(order.pickup.address).toBe('Street 1');
  });

  test('names the path of each complaint', async () => {
    const order = { pickup: { latitude: 91, address: '' }, items: [{ quantity: 1 }, { quantity: 'two' }] };
    expect(await fieldsFor(order)).toEqual(['pickup.latitude', 'pickup.address', 'items.1.quantity']);
  });

  test('converts nothing implicitly', async () => {
    expect(await fieldsFor({ ...valid(), items: [{ quantity: '1' }] })).toEqual(['items.0.quantity']);
  });

  test('refuses unknown fields at any depth', async () => {
    const order = { ...valid(), customerId: 'c2', items: [{ quantity: 1, price: 0 }] };
    expect((await fieldsFor(order)).sort()).toEqual(['customerId', 'items.0.price']);
  });

  test('names what is missing when there is no body', async () => {
    expect(await fieldsFor(undefined)).toEqual(expect.arrayContaining(['items']));
  });

  test.each([[null], [[]], [[{}]], ['text'], [1], [true]])('refuses %j as a body', async (body) => {
    expect(await errorsFor(body)).toEqual([{ field: 'body', message: 'must be a JSON object' }]);
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString'])(
    'refuses the key %s at any depth',
    async (key) => {
      const body = JSON.parse(`{"pickup":{"${key}":{"admin":true}}}`) as unknown;
      expect(await errorsFor(body)).toEqual([{ field: `pickup.${key}`, message: 'is not allowed' }]);
      expect(({} as { admin?: unknown }).admin).toBeUndefined();
    },
  );

  test('refuses a list in a list, whose elements nested validation would take for the items', async () => {
    expect(await fieldsFor({ ...valid(), items: [[{ quantity: 1 }]] })).toEqual(['items.0']);
  });

  test('refuses nesting that would exhaust the stack', async () => {
    const body = { items: JSON.parse('['.repeat(10_000) + ']'.repeat(10_000)) as unknown };
    expect(await errorsFor(body)).toEqual([{ field: 'body', message: 'is nested too deeply' }]);
  });

  test.each([
    ['spaces only', '   '],
    ['501 characters', 'x'.repeat(501)],
    ['a character that Postgres cannot store', 'a\0b'],
    ['half of a surrogate pair', 'a\ud800b'],
    ['a number', 7],
    ['null in a required place', null],
  ])('refuses text of %s', async (_, address) => {
    expect(await fieldsFor({ ...valid(), pickup: { latitude: 1, address } })).toEqual(['pickup.address']);
  });

  test('counts characters, not UTF-16 units', async () => {
    expect(await fieldsFor({ ...valid(), goodsType: '🚚'.repeat(500) })).toEqual([]);
    expect(await fieldsFor({ ...valid(), goodsType: '🚚'.repeat(501) })).toEqual(['goodsType']);
  });

  test('checks a query and converts where the DTO says so', async () => {
    const query: ArgumentMetadata = { type: 'query', metatype: PageDto };
    expect(await pipe.transform({ limit: '5' }, query)).toEqual({ limit: 5 });
    expect(await fieldsFor({ limit: 'five' }, query)).toEqual(['limit']);
    expect(await fieldsFor({ offset: '5' }, query)).toEqual(['offset']);
  });
});
