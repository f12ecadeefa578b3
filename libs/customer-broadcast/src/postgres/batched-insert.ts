import type { DataSource } from 'typeorm';
import { NOTHING_RETURNED_TEXT } from '../customer-broadcast.messages.ts';
import { isFaultOfARow, isLockTimeout } from './postgres-error.ts';
import { type PreparedStatement, runPrepared } from './prepared-statement.ts';
import { StatementBatcher } from './statement.batcher.ts';

/** How long the rows of several customers wait for a lock that somebody else holds on one of them. */
const PATIENCE = '50ms';

/** What a {@link BatchedInsert} selects from; follow it with the name and the columns of a row. @publicApi */
export const ROWS_TO_INSERT = `(SELECT set_config('lock_timeout', coalesce($2, current_setting('lock_timeout')), true)) patience,
  jsonb_to_recordset($1)`;

interface Identified {
  readonly id: string;
}

/**
 * An insert that writes the rows of several customers in one statement when their creates come at the same time, which Postgres
 * does more than twice as fast under slot, history and outbox.
 *
 * Customers stay strangers: when a row is refused, or has to wait for a lock, the statement is taken back and each row is
 * written by itself, and only its own create hears of it. Within a transaction of the data source a row is always written by itself.
 *
 * @example
 * const insert = new BatchedInsert<NewParcel, Parcel>(dataSource, {
 *   name: 'parcels:insert',
 *   text: `INSERT INTO parcels (id, customer_id, label)
 *          SELECT p.id, p."customerId", p.label
 *            FROM ${ROWS_TO_INSERT} AS p (id uuid, "customerId" text, label text)
 *          RETURNING id, expires_at AS "expiresAt"`,
 * });
 * lifecycle.open(PARCEL, customer.sub, () => insert.insert({ id, customerId: customer.sub, label }));
 * @see docs/decisions/0012-creates-share-an-insert.md
 * @publicApi
 */
export class BatchedInsert<Row extends Identified, Inserted extends Identified> {
  private readonly batcher: StatementBatcher<Row, Inserted>;

  /**
   * @param statement one INSERT that selects from {@link ROWS_TO_INSERT}, has no other parameters, and returns an `id` for each row
   */
  constructor(
    private readonly dataSource: DataSource,
    private readonly statement: PreparedStatement,
  ) {
    this.batcher = new StatementBatcher(
      dataSource,
      (rows) => this.insertTogether(rows),
      (row) => this.insertAlone(row),
    );
  }

  /**
   * @param row as JSON, so dates and big numbers as text
   * @returns what the statement returned for this row, once it is committed, or in the data source's transaction that is open around the call
   * @throws the driver's error; the row was not written then, unless the connection was lost meanwhile
   */
  insert(row: Row): Promise<Inserted> {
    return this.batcher.call(row);
  }

  private async insertTogether(rows: readonly Row[]): Promise<readonly (Inserted | Promise<Inserted>)[]> {
    try {
      return rows.map(await this.write(rows, PATIENCE));
    } catch (error) {
      // A lost connection tells nothing of what was written: no row may be written again then.
      if (!isLockTimeout(error) && !(rows.length > 1 && isFaultOfARow(error))) throw error;
      return rows.map((row) => this.insertAlone(row));
    }
  }

  private async insertAlone(row: Row): Promise<Inserted> {
    return (await this.write([row], null))(row);
  }

  /** @returns gives what the statement returned for a row */
  private async write(rows: readonly Row[], patience: string | null): Promise<(row: Row) => Inserted> {
    const { statement } = this;
    const result = await runPrepared<Inserted>(this.dataSource, statement, [JSON.stringify(rows), patience]);
    const byId = new Map(result.rows.map((inserted) => [inserted.id, inserted]));
    return ({ id }) => {
      const inserted = byId.get(id);
      if (!inserted) throw new Error(NOTHING_RETURNED_TEXT(statement.name, id));
      return inserted;
    };
  }
}
