import { ApiProperty } from '@nestjs/swagger';

/** An item as an answer shows it. */
export class OrderItemView {
  @ApiProperty({ format: 'uuid' })
  readonly id: string;

  @ApiProperty({ example: 'container' })
  readonly vehicleType: string;

  @ApiProperty({ type: String, nullable: true, example: '20 ft' })
  readonly vehicleSubtype: string | null;

  @ApiProperty({ type: 'integer', minimum: 1, example: 2 })
  readonly quantity: number;

  @ApiProperty({ type: 'integer', minimum: 0, example: 0 })
  readonly filled: number;
}
