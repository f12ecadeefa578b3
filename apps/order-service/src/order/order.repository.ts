import { runPrepared } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Order, OrderItem } from './order.entity.ts';
import type { CreateOrderDto } from './dto/create-order.dto.ts';

/** An order about to be written. */
export interface NewOrder {
  readonly id: string;
  readonly customerId: string;
  readonly timeoutSeconds: number;
  readonly trucksNeeded: number;
  readonly request: CreateOrderDto;
  readonly items: readonly NewOrderItem[];
}

export interface NewOrderItem {
  readonly id: string;
  readonly position: number;
  readonly vehicleType: string;
  readonly vehicleSubtype: string | null;
  readonly quantity: number;
  readonly filled: number;
}

/** The SQL that only orders need. */
@Injectable()
export class OrderRepository {
  /** Order and items in one statement, one transaction: the triggers take the slot and write history and event with it. */
  async insert(
    on: EntityManager,
    { id, customerId, timeoutSeconds, trucksNeeded, request, items }: NewOrder,
  ): Promise<Order> {
    const { rows } = await runPrepared<Order>(
      on,
      {
        name: 'orders:insert',
        text: `
          WITH items AS (
            INSERT INTO order_items (id, order_id, position, vehicle_type, vehicle_subtype, quantity)
            SELECT i.id, $1, i.position, i."vehicleType", i."vehicleSubtype", i.quantity
              FROM jsonb_to_recordset($9) AS i (id uuid, position smallint, "vehicleType" text, "vehicleSubtype" text,
                                                quantity integer)
          )
          INSERT INTO orders (id, customer_id, trucks_needed, expires_at, state_changed_by, pickup, drop_off,
                              goods_type, weight_kg)
          VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 second', $2, $5, $6, $7, $8)
          RETURNING id, customer_id AS "customerId", status, trucks_needed AS "trucksNeeded",
                    trucks_filled AS "trucksFilled", created_at AS "createdAt", state_changed_at AS "stateChangedAt",
                    expires_at AS "expiresAt", pickup, drop_off AS "drop", goods_type AS "goodsType",
                    weight_kg AS "weightKg"`,
      },
      [
        id,
        customerId,
        trucksNeeded,
        timeoutSeconds,
        request.pickup,
        request.drop,
        request.goodsType ?? null,
        request.weightKg ?? null,
        JSON.stringify(items),
      ],
    );
    return Object.assign(new Order(), rows[0], {
      items: items.map((item) => Object.assign(new OrderItem(), item)),
    });
  }

  /**
   * Books trucks on an item, if it still needs that many. The order's row is locked in `on`, so nobody else does.
   *
   * @returns how many it needed before; null when the order has no such item
   */
  async fillItem(on: EntityManager, id: string, itemId: string, trucks: number): Promise<number | null> {
    const { rows } = await runPrepared<{ left: number }>(
      on,
      {
        name: 'order_items:fill',
        text: `
          WITH item AS (SELECT id, quantity - filled AS "left" FROM order_items WHERE id = $2 AND order_id = $1),
               filled AS (UPDATE order_items i SET filled = filled + $3::integer FROM item
                           WHERE i.id = item.id AND item."left" >= $3)
          SELECT "left" FROM item`,
      },
      [id, itemId, trucks],
    );
    return rows[0]?.left ?? null;
  }
}
