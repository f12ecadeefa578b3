import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { createHash } from 'node:crypto';
import { DataSource, type EntityMetadata } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { type PreparedStatement, runPrepared } from '../postgres/prepared-statement.ts';
import type { Broadcast } from './broadcast.entity.ts';
import { NO_FIELD_TEXT } from './lifecycle.messages.ts';

/** The columns that the library writes itself, by their properties. */
const OWN = ['id', 'customerId', 'status', 'createdAt', 'stateChangedAt', 'expiresAt', 'overdue'];

/** What an application gives of a new broadcast: columns of its own. @publicApi */
export type BroadcastFields<T extends Broadcast> = Partial<Omit<T, keyof Broadcast>>;

/** A broadcast about to be written. */
export interface NewBroadcast<T extends Broadcast> {
  readonly customerId: string;
  readonly timeoutSeconds: number;
  readonly fields: BroadcastFields<T>;
}

/** Writes one row of any kind, by what its entity says of the columns. */
@Injectable()
export class BroadcastInsertRepository {
  /** By kind and fields: a name that is not used again stays prepared on every connection. */
  private readonly statements = new Map<string, PreparedStatement>();

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * One statement. The triggers of the table take the slot and write history and event with it.
   *
   * @returns the row as its entity, without relations
   * @throws Error for a field that is no column of the kind's own; nothing was written
   */
  async insert<T extends Broadcast>(
    kind: BroadcastKind<T>,
    { customerId, timeoutSeconds, fields }: NewBroadcast<T>,
  ): Promise<T> {
    const metadata = this.dataSource.getMetadata(kind.entity);
    const given = Object.entries(fields as Record<string, unknown>).filter(
      ([, value]) => value !== undefined,
    );
    const values = given.map(([property, value]) => {
      const column = metadata.findColumnWithPropertyName(property);
      if (!column || OWN.includes(property)) throw new Error(NO_FIELD_TEXT(kind.name, property));
      return this.dataSource.driver.preparePersistentValue(value, column) as unknown;
    });
    const properties = given.map(([property]) => property);
    const { rows } = await runPrepared<Record<string, unknown>>(
      this.dataSource,
      this.statementOf(kind, metadata, properties),
      [uuidv7(), customerId, kind.lifecycle.initial, timeoutSeconds, ...values],
    );
    return this.hydrate(metadata, rows[0] ?? {}) as T;
  }

  private statementOf(
    { table }: BroadcastKind,
    metadata: EntityMetadata,
    properties: readonly string[],
  ): PreparedStatement {
    const key = [table, ...properties].join(' ');
    const known = this.statements.get(key);
    if (known) return known;
    const columns = properties.map((property) => {
      const column = metadata.findColumnWithPropertyName(property);
      return quoted(column?.databaseName ?? property);
    });
    const text = `
      INSERT INTO ${table} (${['id', 'customer_id', 'state_changed_by', 'status', 'expires_at', ...columns].join(', ')})
      VALUES (${[
        '$1, $2, $2, $3',
        "clock_timestamp() + $4::integer * interval '1 second'",
        ...properties.map((_, index) => `$${index + 5}`),
      ].join(', ')})
      RETURNING ${storedOf(metadata)
        .map(({ databaseName, propertyName }) => `${quoted(databaseName)} AS ${quoted(propertyName)}`)
        .join(', ')}`;
    // Postgres cuts a name off after 63 bytes.
    const digest = createHash('sha256').update(key).digest('hex').slice(0, 12);
    const statement = { name: `${table.slice(0, 40)}:create:${digest}`, text };
    this.statements.set(key, statement);
    return statement;
  }

  private hydrate(metadata: EntityMetadata, row: Record<string, unknown>): object {
    const values = storedOf(metadata).map((column) => [
      column.propertyName,
      this.dataSource.driver.prepareHydratedValue(row[column.propertyName], column) as unknown,
    ]);
    return Object.assign(metadata.create() as object, Object.fromEntries(values) as object);
  }
}

/** Columns of the table, without those that a query computes. */
function storedOf(metadata: EntityMetadata): EntityMetadata['columns'] {
  return metadata.columns.filter(({ isVirtual, isVirtualProperty }) => !isVirtual && !isVirtualProperty);
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
