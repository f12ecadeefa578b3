import { BroadcastExpiryHost } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { ORDER } from './order.entity.ts';

/** Expires overdue orders, on every replica. */
@Injectable()
export class OrderExpiryWorker extends BroadcastExpiryHost {
  protected readonly kind = ORDER;
}
