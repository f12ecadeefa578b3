import { Column, PrimaryColumn, VirtualColumn } from 'typeorm';

/**
 * The columns that every kind has; the entity of a kind extends it and adds its own. Read through TypeORM, written by the
 * library's statements only: `save()` would write a status without looking at the one it replaces.
 *
 * @publicApi
 */
export abstract class Broadcast {
  /** UUIDv7, so that ids sort by time and inserts go to the end of the index. */
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('text', { name: 'customer_id' })
  readonly customerId: string;

  @Column('text')
  readonly status: string;

  @Column('timestamptz', { name: 'created_at' })
  readonly createdAt: Date;

  @Column('timestamptz', { name: 'state_changed_at' })
  readonly stateChangedAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  readonly expiresAt: Date;

  /** Whether the deadline had passed when the row was read, by the database's clock. */
  @VirtualColumn({ query: (alias) => `SELECT ${alias}.expires_at <= clock_timestamp()`, type: 'boolean' })
  readonly overdue?: boolean;
}
