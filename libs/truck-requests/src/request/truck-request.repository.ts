import { runPrepared } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { TruckKind } from './truck-kind.interface.ts';
import type { TruckStatus } from './truck.lifecycle.ts';

/** What decides whether trucks may be accepted, read with the row locked or not. */
export interface TruckRequestState {
  readonly customerId: string;
  readonly status: TruckStatus;
  readonly trucksNeeded: number;
  readonly trucksFilled: number;
  /** How many transporters were told; null before the dispatcher has reported. */
  readonly notified: number | null;
  readonly overdue: boolean;
}

/** Trucks that are counted as filled, and who did it. */
export interface Filling {
  readonly trucks: number;
  readonly to: TruckStatus;
  readonly by: string;
}

const COLUMNS = `customer_id AS "customerId", status, trucks_needed AS "trucksNeeded",
  trucks_filled AS "trucksFilled", notified, expires_at <= clock_timestamp() AS overdue`;

/** The SQL that the tables of requests for trucks have in common. */
@Injectable()
export class TruckRequestRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** @param on the transaction in which the row is locked; without it the row is only read */
  async findState(kind: TruckKind, id: string, on?: EntityManager): Promise<TruckRequestState | null> {
    const { rows } = await runPrepared<TruckRequestState>(
      on ?? this.dataSource,
      {
        name: `${kind.table}:trucks${on ? ':locked' : ''}`,
        text: `SELECT ${COLUMNS} FROM ${kind.table} WHERE id = $1 ${on ? 'FOR UPDATE' : ''}`,
      },
      [id],
    );
    return rows[0] ?? null;
  }

  /** Sets the number of transporters that were told, if no report came before. */
  async recordNotified(kind: TruckKind, id: string, notified: number): Promise<void> {
    await runPrepared(
      this.dataSource,
      {
        name: `${kind.table}:notified`,
        text: `UPDATE ${kind.table} SET notified = $2 WHERE id = $1 AND notified IS NULL`,
      },
      [id, notified],
    );
  }

  /** Counts trucks as filled. The row is locked in `on`, and its state was read there. */
  async fill(on: EntityManager, kind: TruckKind, id: string, { trucks, to, by }: Filling): Promise<void> {
    await runPrepared(
      on,
      {
        name: `${kind.table}:fill`,
        text: `UPDATE ${kind.table} SET trucks_filled = trucks_filled + $2, status = $3, transition = $4 WHERE id = $1`,
      },
      [id, trucks, to, { by }],
    );
  }
}
