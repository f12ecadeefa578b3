import { BatchedInsert, ROWS_TO_INSERT, runPrepared } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
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
  private readonly orders: BatchedInsert<NewOrder, Order>;

  constructor(@InjectDataSource() dataSource: DataSource) {
    this.orders = new BatchedInsert(dataSource, {
      name: 'orders:insert',
      text: `
        WITH new AS (
          SELECT o.* FROM ${ROWS_TO_INSERT} AS o (id uuid, "customerId" text, "timeoutSeconds" integer,
                                                  "trucksNeeded" integer, request jsonb, items jsonb)
        ), items AS (
          INSERT INTO order_items (id, order_id, position, vehicle_type, vehicle_subtype, quantity)
          SELECT i.id, new.id, i.position, i."vehicleType", i."vehicleSubtype", i.quantity
            FROM new, jsonb_to_recordset(new.items) AS i (id uuid, position smallint, "vehicleType" text,
                                                          "vehicleSubtype" text, quantity integer)
        )
        INSERT INTO orders (id, customer_id, trucks_needed, expires_at, state_changed_by, pickup, drop_off,
                            goods_type, weight_kg)
        SELECT new.id, new."customerId", new."trucksNeeded", clock_timestamp() + new."timeoutSeconds" * interval '1 second',
               new."customerId", r.pickup, r."drop", r."goodsType", r."weightKg"
          FROM new, jsonb_to_record(new.request) AS r (pickup jsonb, "drop" jsonb, "goodsType" text, "weightKg" numeric)
        RETURNING id, customer_id AS "customerId", status, trucks_needed AS "trucksNeeded",
                  trucks_filled AS "trucksFilled", created_at AS "createdAt", state_changed_at AS "stateChangedAt",
                  expires_at AS "expiresAt", pickup, drop_off AS "drop", goods_type AS "goodsType",
                  weight_kg AS "weightKg"`,
    });
  }

  /** Order and items in one statement, one transaction: the triggers take the slot and write history and event with it. */
  async insert(order: NewOrder): Promise<Order> {
    return Object.assign(new Order(), await this.orders.insert(order), {
      items: order.items.map((item) => Object.assign(new OrderItem(), item)),
    });
  }

  /**
   * Books trucks on an item, if it still needs that many. The order's row is locked in `on`, so no other transaction does.
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
