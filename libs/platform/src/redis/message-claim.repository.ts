import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** Far longer than a message can be on its way and still be carried out. */
const LIFETIME = `interval '10 minutes'`;

/** How many claims are made before old ones are deleted, and of how many at once: more than came since. */
const PRUNE_EVERY = 500;
const PRUNE_LIMIT = 1000;

/**
 * Which messages have been carried out, in Postgres: Redis may forget its claims, by a flush or a failover, while a replica
 * still has the message before it. Of all that claim an id exactly one succeeds, whenever they do within ten minutes.
 *
 * @see docs/decisions/0010-message-claims-in-postgres.md
 */
@Injectable()
export class MessageClaimRepository {
  private claimsUntilPruning = PRUNE_EVERY;

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * @returns whether the message is the caller's to carry out
   * @throws the driver's error; it is then not known whether the claim was made, and nobody else will succeed if it was
   */
  async claim(messageId: string): Promise<boolean> {
    const claimed = await this.dataSource.query<unknown[]>(
      'INSERT INTO message_claims (message_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING message_id',
      [messageId],
    );
    this.claimsUntilPruning -= 1;
    if (this.claimsUntilPruning <= 0) {
      this.claimsUntilPruning = PRUNE_EVERY;
      void this.prune().catch(() => undefined); // the next one deletes them
    }
    return claimed.length === 1;
  }

  /** Deletes claims whose time is over, the oldest first; those that another replica is deleting are passed over. */
  async prune(): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM message_claims
        WHERE message_id = ANY (ARRAY(
                SELECT message_id FROM message_claims WHERE claimed_at <= statement_timestamp() - ${LIFETIME}
                 ORDER BY claimed_at LIMIT $1 FOR UPDATE SKIP LOCKED))`,
      [PRUNE_LIMIT],
    );
  }
}
