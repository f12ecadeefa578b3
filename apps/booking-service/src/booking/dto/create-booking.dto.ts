import { CreateMessage } from '@app/customer-broadcast';
import { Text } from '@app/platform';
import { CreateTruckRequestDto } from '@app/truck-requests';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

/** Body of `POST /v1/bookings`. */
export class CreateBookingDto extends CreateTruckRequestDto {
  @Text()
  readonly vehicleType: string;

  @IsOptional()
  @Text()
  readonly vehicleSubtype?: string;

  @IsInt()
  @Min(1)
  @Max(100)
  readonly trucksNeeded: number;
}

/** Payload of `booking.create`. */
export class CreateBookingMessage extends CreateMessage(CreateBookingDto) {}
