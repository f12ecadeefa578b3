import { Text } from '@app/platform';
import { Type } from 'class-transformer';
import { IsDefined, IsNumber, IsOptional, IsPositive, ValidateNested } from 'class-validator';
import { PlaceDto } from './place.dto.ts';

/** What a customer says of every request for trucks, whatever its kind. @publicApi */
export abstract class CreateTruckRequestDto {
  @IsDefined()
  @ValidateNested()
  @Type(() => PlaceDto)
  readonly pickup: PlaceDto;

  @IsDefined()
  @ValidateNested()
  @Type(() => PlaceDto)
  readonly drop: PlaceDto;

  @IsOptional()
  @Text()
  readonly goodsType?: string;

  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @IsPositive()
  readonly weightKg?: number;
}
