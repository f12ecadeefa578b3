import { runPrepared } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { ActiveRequestRepository } from '../plan/active-request.repository.ts';

/** The check as quick as one statement can be: over both tables, from a plan that is kept. */
@Injectable()
export class PreparedActiveRequestRepository extends ActiveRequestRepository {
  override async hasActive(customerId: string): Promise<boolean> {
    const { rows } = await runPrepared(
      this.dataSource,
      {
        name: 'steps:find-active',
        text: `SELECT id FROM jsonb_array_elements_text($1) AS asked,
                      LATERAL (SELECT * FROM active_broadcasts WHERE customer_id = asked OFFSET 0) found`,
      },
      [JSON.stringify([customerId])],
    );
    return rows.length > 0;
  }
}
