import { runPrepared } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { ActiveRequestRepository } from '../plan/active-request.repository.ts';

/**
 * The check over both tables in one statement whose plan is kept, as that of the guard is (decision 0011); but for each create by
 * itself, which the guard's own repository does not do.
 */
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
