import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { BroadcastLifecycleService, runPrepared } from '@app/customer-broadcast';
import { DataSource } from 'typeorm';
import { TEST_KIND } from './data-source.ts';

/** What a guarded handler returns. */
export interface Ride {
  readonly id: string;
  readonly expiresAt: Date;
}

/** Creates rows of the test's kind, for the handlers of any transport. */
@Injectable()
export class RideService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly lifecycle: BroadcastLifecycleService,
  ) {}

  create(customerId: string): Promise<Ride> {
    return this.lifecycle.open(TEST_KIND, customerId, async () => {
      const { rows } = await runPrepared<{ id: string; expires_at: Date }>(
        this.dataSource,
        {
          name: 'test:insert-ride',
          text: `INSERT INTO bookings (id, customer_id, state_changed_by, expires_at)
                 VALUES ($1, $2, $2, clock_timestamp() + interval '120 seconds') RETURNING id, expires_at`,
        },
        [randomUUID(), customerId],
      );
      const [row] = rows;
      if (!row) throw new Error('nothing was inserted');
      return { id: row.id, expiresAt: row.expires_at };
    });
  }
}
