import { CreateMessage } from '@app/customer-broadcast';
import { Text } from '@app/platform';
import { CreateTruckRequestDto } from '@app/truck-requests';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsOptional,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';

/** One vehicle type of an order. */
export class CreateOrderItemDto {
  @Text()
  readonly vehicleType: string;

  @IsOptional()
  @Text()
  readonly vehicleSubtype?: string;

  @IsInt()
  @Min(1)
  @Max(100)
  readonly quantity: number;
}

/** Body of `POST /v1/orders`. */
export class CreateOrderDto extends CreateTruckRequestDto {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => CreateOrderItemDto)
  readonly items: CreateOrderItemDto[];
}

/** Payload of `order.create`. */
export class CreateOrderMessage extends CreateMessage(CreateOrderDto) {}
