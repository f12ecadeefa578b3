import type { Type } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';
import { TEXT_SCHEMA } from '../validation/text.decorator.ts';

type Keywords = Readonly<Record<string, unknown>>;
type ValidationRule = ReturnType<
  ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']
>[number];

/** What each rule says in the words of JSON Schema; the limits are the rule's own. */
const KEYWORDS: Readonly<Record<string, (...limits: never[]) => Keywords>> = {
  isOptional: () => ({}),
  isArray: () => ({ type: 'array' }),
  isObject: () => ({ type: 'object' }),
  isString: () => ({ type: 'string' }),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  isPositive: () => ({ exclusiveMinimum: 0 }),
  isLatitude: () => ({ minimum: -90, maximum: 90 }),
  isLongitude: () => ({ minimum: -180, maximum: 180 }),
  isUuid: () => ({ type: 'string', format: 'uuid' }),
  isIn: (values: readonly unknown[]) => ({ enum: values }),
  min: (minimum: number) => ({ minimum }),
  max: (maximum: number) => ({ maximum }),
  isLength: (minLength: number, maxLength: number) => ({ minLength, maxLength }),
  arrayMinSize: (minItems: number) => ({ minItems }),
  arrayMaxSize: (maxItems: number) => ({ maxItems }),
  matches: (pattern: RegExp) => ({ type: 'string', pattern: pattern.source }),
  text: () => TEXT_SCHEMA,
};

/**
 * Puts what class-validator checks in a DTO, and in those that it nests, into the document's schema of it, so that a limit
 * is written down once. What a field's own `@ApiProperty` adds, such as an example or a default, stays.
 *
 * @throws Error for a rule that has no words here: a document that leaves one out would be wrong
 */
export function describeInput(Dto: Type): void {
  const rules = getMetadataStorage().getTargetValidationMetadatas(Dto, '', true, false);
  for (const [property, own = []] of Object.entries(Object.groupBy(rules, (rule) => rule.propertyName))) {
    ApiProperty(describeField(Dto, property, own))(Dto.prototype as object, property);
  }
}

function describeField(Dto: Type, property: string, rules: readonly ValidationRule[]): ApiPropertyOptions {
  const keywords = Object.fromEntries(rules.flatMap((rule) => Object.entries(keywordsOf(Dto, rule))));
  const required = !rules.some(({ name }) => name === 'isOptional');
  const nesting = rules.find(({ type }) => type === 'nestedValidation');
  if (nesting === undefined) return { ...keywords, required };
  const Inner = nestedIn(Dto, property, nesting.each);
  describeInput(Inner);
  return { ...keywords, required, type: nesting.each ? [Inner] : Inner };
}

function keywordsOf(Dto: Type, { name, type, propertyName, constraints }: ValidationRule): Keywords {
  if (type === 'nestedValidation' || type === 'whitelistValidation') return {};
  const keywords = KEYWORDS[name ?? ''];
  // A rule without a limit has no constraints, whatever its type says.
  if (keywords) return keywords(...((constraints as never[] | undefined) ?? []));
  throw new Error(
    `The document cannot say what '${name ?? type}' asks of ${Dto.name}.${propertyName}; add it to input.schema.ts.`,
  );
}

/** The class of what is inside, as `@Type` gives it: seen in what class-transformer makes of an empty object. */
function nestedIn(Dto: Type, property: string, isList: boolean): Type {
  const probe = plainToInstance(Dto, { [property]: isList ? [{}] : {} }) as Record<string, object | object[]>;
  const inner = [probe[property]].flat()[0];
  return inner?.constructor as Type;
}
