import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Column, type DataSource, Entity } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect, TEST_KIND, TestBooking, type TestKind } from '../../test/data-source.ts';
import { BroadcastInsertRepository } from './broadcast-insert.repository.ts';
import { NO_FIELD_TEXT } from './lifecycle.messages.ts';

interface Place {
  readonly address: string;
}

/** With columns of its own: a plain one, one of JSON, and one of another name. */
@Entity('bookings')
class Shipment extends TestBooking {
  @Column('text', { name: 'vehicle_type', nullable: true })
  readonly carrier: string | null;

  @Column('jsonb', { nullable: true })
  readonly pickup: Place | readonly Place[] | null;
}

const SHIPMENT: TestKind<Shipment> = { ...TEST_KIND, entity: Shipment };
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PICKUP = { address: `1 "Mill" Road` };

describe('the insert of one broadcast', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let repository: BroadcastInsertRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database, { entities: [Shipment] });
    repository = new BroadcastInsertRepository(dataSource);
  });

  beforeEach(() => database.query('TRUNCATE bookings'));

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const insert = (customerId: string, fields: object): Promise<Shipment> =>
    repository.insert(SHIPMENT, { customerId, timeoutSeconds: 60, fields });

  it('gives the entity back as it is read afterwards', async () => {
    const created = await insert('c1', { carrier: 'bike', pickup: PICKUP });
    expect(created).toBeInstanceOf(Shipment);
    expect(created).toMatchObject({ customerId: 'c1', status: 'created', carrier: 'bike', pickup: PICKUP });
    expect(created.id).toMatch(UUID_V7);
    expect(created.expiresAt.getTime() - created.createdAt.getTime()).toBeGreaterThan(59_000);
    const read = await dataSource.getRepository(Shipment).findOneByOrFail({ id: created.id });
    expect(read).toEqual(Object.assign(created, { overdue: false }));
  });

  it('leaves a column that is not given to its default', async () => {
    expect(await insert('c1', {})).toMatchObject({ carrier: null, pickup: null });
    expect(await insert('c2', { carrier: undefined })).toMatchObject({ carrier: null });
    expect(await insert('c3', { pickup: [PICKUP] })).toMatchObject({ pickup: [PICKUP] });
  });

  it('names the customer as the author in the history', async () => {
    const { id } = await insert('c1', {});
    expect(
      await database.query(
        'SELECT to_status, changed_by FROM customer_broadcast_transitions WHERE broadcast_id = $1',
        [id],
      ),
    ).toEqual([{ to_status: 'created', changed_by: 'c1' }]);
  });

  it.each(['color', 'customerId', 'status', 'overdue', 'vehicle_type'])(
    'refuses the field %s',
    async (field) => {
      await expect(insert('c1', { [field]: 'x' })).rejects.toThrow(NO_FIELD_TEXT('booking', field));
      expect(await database.query('SELECT 1 FROM bookings')).toEqual([]);
    },
  );
});
