import { Text } from '@app/platform';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsNumber, IsObject, IsOptional, IsPositive, ValidateNested } from 'class-validator';
import { PlaceDto } from './place.dto.ts';

/** What a customer says of every request for trucks, whatever its kind. @publicApi */
export abstract class CreateTruckRequestDto {
  // Not a list: nested validation would look at its elements and let it pass.
  @IsObject()
  @ValidateNested()
  @Type(() => PlaceDto)
  readonly pickup: PlaceDto;

  // Not a list: nested validation would look at its elements and let it pass.
  @IsObject()
  @ValidateNested()
  @Type(() => PlaceDto)
  readonly drop: PlaceDto;

  @ApiProperty({ example: 'steel' })
  @IsOptional()
  @Text()
  readonly goodsType?: string;

  @ApiProperty({ example: 1200.5 })
  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @IsPositive()
  readonly weightKg?: number;
}
