import { CreateMessage } from '@app/customer-broadcast';
import { Text } from '@app/platform';
import { CreateTruckRequestDto } from '@app/truck-requests';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

/** Body of `POST /v1/bookings`. */
export class CreateBookingDto extends CreateTruckRequestDto {
  @ApiProperty({ example: 'container' })
  @Text()
  readonly vehicleType: string;

  @ApiProperty({ example: '20 ft' })
  @IsOptional()
  @Text()
  readonly vehicleSubtype?: string;

  @ApiProperty({ example: 2 })
  @IsInt()
  @Min(1)
  @Max(100)
  readonly trucksNeeded: number;
}

/** Payload of `booking.create`. */
export class CreateBookingMessage extends CreateMessage(CreateBookingDto) {}
