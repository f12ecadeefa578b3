import type { PoolClient } from 'pg';

import type { Cluster } from './cluster.ts';
import { acceptBody, clientOf, createBroadcast, type Kind, pathOf } from './requests.ts';
import type { OpenDatabase } from './test-database.ts';
import { waitFor } from './wait.ts';

/** Every status of a broadcast that comes to its good end. */
export const WHOLE_LIFE = [
  'created',
  'broadcasting',
  'active',
  'partially_filled',
  'fully_filled',
  'in_progress',
  'completed',
] as const;

/** A whole life over HTTP, with two transporters. */
export async function liveInFull(cluster: Cluster, kind: Kind, sub: string): Promise<void> {
  const customer = clientOf(cluster, kind, { sub });
  const broadcast = await createBroadcast(customer, kind, 2);
  const path = (action = ''): string => pathOf(kind, broadcast.id, action);
  await waitFor(async () => (await customer.get(path())).body.status === 'active');
  const operator = clientOf(cluster, kind, { role: 'operator' });
  const steps = [
    ...[1, 2].map(
      () => [clientOf(cluster, kind, { role: 'transporter' }), 'accept', acceptBody(broadcast, 1)] as const,
    ),
    [operator, 'start', undefined] as const,
    [operator, 'complete', undefined] as const,
  ];
  for (const [client, action, body] of steps) {
    const answer = await client.post(path(action), body);
    if (answer.status !== 200) throw new Error(`${action}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}

/** By SQL, in one transaction, so that no dispatcher comes between: a booking that is created and cancelled. */
export async function liveBySql(database: OpenDatabase, sub: string): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('INSERT INTO bookings (id, customer_id) VALUES (gen_random_uuid(), $1)', [sub]);
    await client.query(
      `UPDATE bookings SET status = 'cancelled' WHERE customer_id = $1 AND status = 'created'`,
      [sub],
    );
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

/** By SQL, in one statement: so many orders that have ended, one transition each. */
export async function addTransitions(database: OpenDatabase, sub: string, count: number): Promise<void> {
  await database.query(
    `INSERT INTO orders (id, customer_id, status) SELECT gen_random_uuid(), $1, 'completed' FROM generate_series(1, $2)`,
    [sub, count],
  );
}

/** A transaction that has taken an id of the history and is still open. @returns ends it as told */
export async function holdTransition(
  database: OpenDatabase,
  sub: string,
): Promise<(how: 'COMMIT' | 'ROLLBACK') => Promise<void>> {
  const client: PoolClient = await database.pool.connect();
  await client.query('BEGIN');
  await client.query(
    `INSERT INTO orders (id, customer_id, status) VALUES (gen_random_uuid(), $1, 'completed')`,
    [sub],
  );
  return async (how) => {
    await client.query(how);
    client.release();
  };
}
