import { runPrepared } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { TruckKind } from '../request/truck-kind.interface.ts';

/** Stands for "the whole request" where a kind has no items. */
const NO_ITEM = '00000000-0000-0000-0000-000000000000';

/** Which transporter accepted what. The primary key counts a transporter once per item. */
@Injectable()
export class AcceptanceRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async hasAccepted(kind: TruckKind, id: string, transporterId: string): Promise<boolean> {
    const { rowCount } = await runPrepared(
      this.dataSource,
      {
        name: 'truck-requests:has-accepted',
        text: `SELECT 1 FROM customer_broadcast_acceptances
                WHERE broadcast_id = $1 AND transporter_id = $2 AND kind = $3 LIMIT 1`,
      },
      [id, transporterId, kind.name],
    );
    return rowCount === 1;
  }

  /** @returns false when this transporter has accepted this item before */
  async add(
    on: EntityManager,
    kind: TruckKind,
    acceptance: {
      readonly id: string;
      readonly itemId?: string;
      readonly transporterId: string;
      readonly trucks: number;
    },
  ): Promise<boolean> {
    const { rowCount } = await runPrepared(
      on,
      {
        name: 'truck-requests:accept',
        text: `INSERT INTO customer_broadcast_acceptances (kind, broadcast_id, item_id, transporter_id, trucks)
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      },
      [kind.name, acceptance.id, acceptance.itemId ?? NO_ITEM, acceptance.transporterId, acceptance.trucks],
    );
    return rowCount === 1;
  }
}
