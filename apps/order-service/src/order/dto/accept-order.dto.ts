import { BroadcastMessage } from '@app/customer-broadcast';
import { IsInt, IsUUID, Max, Min } from 'class-validator';

/** Body of `POST /v1/orders/:id/accept`. */
export class AcceptOrderDto {
  @IsUUID()
  readonly itemId: string;

  @IsInt()
  @Min(1)
  @Max(100)
  readonly trucks: number;
}

/** Payload of `order.accept`. */
export class AcceptOrderMessage extends BroadcastMessage(AcceptOrderDto) {}
