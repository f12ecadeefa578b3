import { describe, expect, test } from '@jest/globals';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsEmail, IsInt, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { Text } from '../validation/text.decorator.ts';
import { describeInput } from './input.schema.ts';

class StopDto {
  @Text()
  readonly name: string;
}

class BaseDto {
  @ApiProperty({ example: 7, description: 'How many' })
  @IsInt()
  @Min(3)
  @Max(9)
  readonly count: number;
}

class RouteDto extends BaseDto {
  @IsOptional()
  @Text()
  readonly note?: string;

  @IsArray()
  @ArrayMaxSize(4)
  @ValidateNested({ each: true })
  @Type(() => StopDto)
  readonly stops: StopDto[];

  @ValidateNested()
  @Type(() => StopDto)
  readonly end: StopDto;
}

class MailDto {
  @IsEmail()
  readonly mail: string;
}

/** Where @nestjs/swagger looks for what is known of a field. */
const known = (Dto: new () => object, field: string): unknown =>
  Reflect.getMetadata('swagger/apiModelProperties', Dto.prototype as object, field);

describe('describeInput', () => {
  test('says of each field what is checked, inherited and nested ones included', () => {
    describeInput(RouteDto);
    const text = { type: 'string', minLength: 1, maxLength: 500, pattern: '\\S' };
    expect(known(RouteDto, 'count')).toMatchObject({
      type: 'integer',
      minimum: 3,
      maximum: 9,
      required: true,
    });
    expect(known(RouteDto, 'note')).toMatchObject({ ...text, required: false });
    expect(known(RouteDto, 'stops')).toMatchObject({ type: StopDto, isArray: true, maxItems: 4 });
    expect(known(RouteDto, 'end')).toMatchObject({ type: StopDto, required: true });
    expect(known(StopDto, 'name')).toMatchObject({ ...text, required: true });
  });

  test('keeps what the field says of itself', () => {
    describeInput(RouteDto);
    expect(known(RouteDto, 'count')).toMatchObject({ example: 7, description: 'How many' });
  });

  test('refuses a rule that it has no words for, and names it', () => {
    expect(() => describeInput(MailDto)).toThrow(/'isEmail' asks of MailDto\.mail/);
  });
});
