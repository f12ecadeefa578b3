import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

const ACTIVE = ['created', 'broadcasting', 'active', 'partially_filled'];

/** The plan's check over both tables: two SELECTs, through TypeORM, as it was ordered. */
@Injectable()
export class ActiveRequestRepository {
  constructor(protected readonly dataSource: DataSource) {}

  async hasActive(customerId: string): Promise<boolean> {
    return (await this.find('bookings', customerId)) || (await this.find('orders', customerId));
  }

  private async find(table: 'bookings' | 'orders', customerId: string): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `SELECT id FROM ${table} WHERE customer_id = $1 AND status = ANY($2) LIMIT 1`,
      [customerId, ACTIVE],
    );
    return rows.length > 0;
  }
}
