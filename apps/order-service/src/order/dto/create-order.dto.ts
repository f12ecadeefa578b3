import { CreateMessage } from '@app/customer-broadcast';
import { Text } from '@app/platform';
import { CreateTruckRequestDto } from '@app/truck-requests';
import { ApiProperty } from '@nestjs/swagger';
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
