import type { Schema } from './document.interface.ts';

/** Where a field has no example of its own, its format is one. */
const BY_FORMAT: Readonly<Record<string, unknown>> = {
  uuid: '019a9c3f-5d2e-7b41-8c6a-2f1e0d9b7a35',
  'date-time': '2026-11-22T19:05:05.812Z',
};
const BY_TYPE: Readonly<Record<string, unknown>> = { string: 'text', integer: 1, number: 1, boolean: true };

/** An example of a schema, put together from those of its fields. The reference is to one of `schemas`. */
export function exampleOf(schema: Schema, schemas: Readonly<Record<string, Schema>>): unknown {
  const inner = (part: Schema | undefined): unknown => (part ? exampleOf(part, schemas) : null);
  if ('example' in schema) return schema.example;
  for (const list of ['examples', 'enum']) {
    if (Array.isArray(schema[list])) return (schema[list] as unknown[])[0];
  }
  if ('const' in schema) return schema.const;
  if (schema.$ref !== undefined) return inner(schemas[schema.$ref.split('/').at(-1) ?? '']);
  const choice = schema.allOf ?? schema.anyOf ?? schema.oneOf;
  if (choice) return inner(choice[0]);
  const type = [schema.type].flat()[0] ?? 'object';
  if (type === 'array') return [inner(schema.items)];
  if (type !== 'object') return BY_FORMAT[String(schema.format)] ?? BY_TYPE[type];
  const fields = Object.entries(schema.properties ?? {});
  return Object.fromEntries(fields.map(([name, field]) => [name, inner(field)]));
}
