import { randomUUID } from 'node:crypto';

import pg from 'pg';

const PLACE = { latitude: 12.9716, longitude: 77.5946, address: '1 Mill Road' };
const TEXT = `
  INSERT INTO bookings (id, customer_id, trucks_needed, expires_at, state_changed_by, pickup, drop_off, vehicle_type)
  VALUES ($1, $2, 1, clock_timestamp() + interval '10 hours', $2, $3, $3, 'open') RETURNING id, status, created_at`;
/** As many as the pool of a service has. */
const CONNECTIONS = 20;

export function connect(databaseUrl: string): pg.Pool {
  return new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
}

/** The row that every peer inserts when it has found out that it may. */
export async function insertBooking(on: pg.Pool | pg.PoolClient, customerId: string): Promise<void> {
  await on.query({ name: 'insert', text: TEXT, values: [randomUUID(), customerId, PLACE] });
}
