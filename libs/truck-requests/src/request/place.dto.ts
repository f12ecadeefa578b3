import { Text } from '@app/platform';
import { ApiProperty } from '@nestjs/swagger';
import { IsLatitude, IsLongitude, IsNumber } from 'class-validator';

/** Where something is fetched or brought. @publicApi */
export interface Place {
  /** Degrees, -90 to 90. */
  readonly latitude: number;
  /** Degrees, -180 to 180. */
  readonly longitude: number;
  /** 1 to 500 characters. */
  readonly address: string;
}

/** @publicApi */
export class PlaceDto implements Place {
  @ApiProperty({ example: 19.076 })
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @IsLatitude()
  readonly latitude: number;

  @ApiProperty({ example: 72.8777 })
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @IsLongitude()
  readonly longitude: number;

  @ApiProperty({ example: 'Dock 4, Mumbai' })
  @Text()
  readonly address: string;
}
