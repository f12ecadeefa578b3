import { Text } from '@app/platform';
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
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @IsLatitude()
  readonly latitude: number;

  @IsNumber({ allowNaN: false, allowInfinity: false })
  @IsLongitude()
  readonly longitude: number;

  @Text()
  readonly address: string;
}
