import { validBooking, validOrder, type Kind } from '../support/requests.ts';

/** A body that is refused: what is wrong with it, the field that the answer must name, and the body as it is sent. */
export type MalformedBody = readonly [title: string, field: string, body: string];

type Values = Readonly<Record<string, unknown>>;

const PLACE = { latitude: 1, longitude: 2, address: '3 Hill Lane' };
/** Stands for a number that JSON can write and a double cannot hold. */
const HUGE = '@1e400';

const NOT_TEXT: Values = {
  'a number': 5,
  'a boolean': true,
  'a list': ['a'],
  'an object': {},
  'an empty text': '',
  'spaces only': ' \t\n ',
  '501 characters': 'x'.repeat(501),
  'a text with U+0000': 'a\u0000b',
  'half of a surrogate pair': 'a\ud800b',
};
const NOT_NUMBER: Values = {
  'a numeric text': '12',
  'an empty text': '',
  NaN: 'NaN',
  'a boolean': true,
  'a list': [12],
  'an object': {},
  'a number beyond all': HUGE,
};
const ABSENT: Values = { nothing: undefined, null: null };
const NOT_PLACE: Values = {
  ...ABSENT,
  'a text': 'here',
  'a number': 5,
  'a boolean': true,
  'an empty list': [],
  'a list of one place': [PLACE],
};
export const NOT_COUNT: Values = {
  ...ABSENT,
  ...NOT_NUMBER,
  zero: 0,
  'a negative number': -1,
  'a fraction': 1.5,
  '101': 101,
};
export const NOT_NOTIFIED: Values = {
  ...ABSENT,
  ...NOT_NUMBER,
  'a negative number': -1,
  'a fraction': 1.5,
  'more than a million': 1_000_001,
};
export const NOT_REASON: Values = NOT_TEXT;
export const NOT_ITEM_ID: Values = { ...ABSENT, ...NOT_TEXT, 'no UUID': '0199' };
const NOT_ITEMS: Values = {
  ...ABSENT,
  'a text': 'open',
  'an object': { 0: { vehicleType: 'open', quantity: 1 } },
  'an empty list': [],
  '21 items': Array.from({ length: 21 }, () => ({ vehicleType: 'open', quantity: 1 })),
};
const NOT_ITEM: Values = {
  null: null,
  'a text': 'open',
  'a number': 1,
  'a list': [],
  'a list of one item': [{ vehicleType: 'open', quantity: 1 }],
};

/** What a create of either kind must refuse in each of its fields. */
export function malformedCreates(kind: Kind): MalformedBody[] {
  const valid = kind === 'booking' ? validBooking() : validOrder();
  const places = ['pickup', 'drop'].flatMap((place) => [
    ...wrong(valid, place, NOT_PLACE),
    ...wrong(valid, `${place}.latitude`, { ...ABSENT, ...NOT_NUMBER, '90.001': 90.001, '-91': -91 }),
    ...wrong(valid, `${place}.longitude`, { ...ABSENT, ...NOT_NUMBER, '180.001': 180.001, '-181': -181 }),
    ...wrong(valid, `${place}.address`, { ...ABSENT, ...NOT_TEXT }),
    ...unknown(valid, `${place}.`, ['city', 'customerId', '__proto__', 'constructor']),
  ]);
  return [
    ...places,
    ...wrong(valid, 'goodsType', NOT_TEXT),
    ...wrong(valid, 'weightKg', { ...NOT_NUMBER, zero: 0, 'a negative number': -0.5 }),
    ...unknown(valid, '', [
      'customerId',
      'customer_id',
      'status',
      'id',
      'actor',
      'idempotencyKey',
      'expiresAt',
      'x',
    ]),
    ...unknown(valid, '', ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']),
    ...(kind === 'booking' ? malformedBookingFields(valid) : malformedOrderFields(valid)),
  ];
}

function malformedBookingFields(valid: Values): MalformedBody[] {
  return [
    ...wrong(valid, 'vehicleType', { ...ABSENT, ...NOT_TEXT }),
    ...wrong(valid, 'vehicleSubtype', NOT_TEXT),
    ...wrong(valid, 'trucksNeeded', NOT_COUNT),
    ...unknown(valid, '', ['items', 'trucksFilled']),
  ];
}

function malformedOrderFields(valid: Values): MalformedBody[] {
  return [
    ...wrong(valid, 'items', NOT_ITEMS),
    ...wrong(valid, 'items.0', NOT_ITEM),
    ...wrong(valid, 'items.0.vehicleType', { ...ABSENT, ...NOT_TEXT }),
    ...wrong(valid, 'items.0.vehicleSubtype', NOT_TEXT),
    ...wrong(valid, 'items.0.quantity', NOT_COUNT),
    ...unknown(valid, 'items.0.', ['filled', 'id', '__proto__']),
    ...unknown(valid, '', ['trucksNeeded', 'vehicleType']),
  ];
}

/** One body for each of the values, put in the place of the field's own. */
export function wrong(valid: Values, field: string, values: Values): MalformedBody[] {
  return Object.entries(values).map(([what, value]) => [
    `${field}: ${what}`,
    field,
    toJson(replaced(valid, field.split('.'), value)),
  ]);
}

/** One body for each of the names, added to what is valid. */
export function unknown(valid: Values, prefix: string, names: readonly string[]): MalformedBody[] {
  return names.map((name) => [
    `${prefix}${name}: unknown`,
    `${prefix}${name}`,
    toJson(replaced(valid, [...prefix.split('.').filter(Boolean), name], 'x')),
  ]);
}

function replaced(within: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  const inner = rest.length === 0 ? value : replaced((within as Values)[name!], rest, value);
  if (Array.isArray(within)) return within.with(Number(name), inner);
  // Not by assignment: that would set the prototype, and JSON would not have it.
  return Object.defineProperty({ ...(within as Values) }, name!, {
    value: inner,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function toJson(body: unknown): string {
  return JSON.stringify(body).replaceAll(`"${HUGE}"`, HUGE.slice(1));
}
