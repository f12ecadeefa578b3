import { randomUUID } from 'node:crypto';
import pg from 'pg';

import { createApiClient } from '../../test/support/api-client.ts';
import { BOOKING_BODY } from '../http/booking-body.ts';
import { untilDelivered } from '../site/until-delivered.ts';

/** Where the operations run. */
export interface BudgetSite {
  readonly databaseUrl: string;
  readonly url: string;
  /** One expiry run, as a CronJob makes it. */
  readonly expire: () => Promise<void>;
}

/** Whose customers: each round has its own. */
export interface Round {
  readonly name: string;
  readonly count: number;
}

/** One thing that a caller does, once for each customer of a round, one after the other. */
export interface Operation {
  readonly name: string;
  /** What must be there first; not counted. */
  readonly prepare?: (site: BudgetSite, round: Round) => Promise<void>;
  /** Counted, with what follows it. */
  readonly run: (site: BudgetSite, round: Round) => Promise<void>;
}

async function createEach(site: BudgetSite, customers: readonly string[], keyed = false): Promise<void> {
  for (const sub of customers) {
    const headers: Record<string, string> = keyed ? { 'idempotency-key': randomUUID() } : {};
    await expectStatus(site, sub, '/v1/bookings', 201, headers);
  }
}

async function expectStatus(
  { url }: BudgetSite,
  sub: string,
  path: string,
  status: number,
  headers: Record<string, string> = {},
): Promise<void> {
  const answer = await createApiClient(url, { sub, role: 'customer' }).post(path, BOOKING_BODY, { headers });
  if (answer.status !== status)
    throw new Error(
      `${path} answered ${answer.status} ${JSON.stringify(answer.body)}; ${status} was expected.`,
    );
}

const customersOf = ({ name, count }: Round, use: string): string[] =>
  Array.from({ length: count }, (_, n) => `${name}-${use}-${n}`);

const execute = async (databaseUrl: string, sql: string): Promise<pg.QueryResult> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
};

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'create',
    run: async (site, round) => {
      await createEach(site, customersOf(round, 'create'));
      await untilDelivered(site.databaseUrl);
    },
  },
  {
    name: 'create with a key',
    run: async (site, round) => {
      await createEach(site, customersOf(round, 'keyed'), true);
      await untilDelivered(site.databaseUrl);
    },
  },
  {
    name: 'refusal',
    run: async (site, round) => {
      for (const sub of customersOf(round, 'create')) await expectStatus(site, sub, '/v1/bookings', 409);
    },
  },
  {
    name: 'cancel',
    run: async (site, round) => {
      const ids = await execute(
        site.databaseUrl,
        `SELECT id, customer_id FROM bookings WHERE customer_id LIKE '${round.name}-create-%'`,
      );
      for (const { id, customer_id: sub } of ids.rows as { id: string; customer_id: string }[]) {
        const answer = await createApiClient(site.url, { sub, role: 'customer' }).post(
          `/v1/bookings/${id}/cancel`,
        );
        if (answer.status !== 200) throw new Error(`cancel answered ${answer.status}`);
      }
      await untilSent(site);
    },
  },
  {
    name: 'expired row',
    prepare: async (site, round) => {
      await createEach(site, customersOf(round, 'expired'));
      await untilDelivered(site.databaseUrl);
      await execute(
        site.databaseUrl,
        `UPDATE bookings SET expires_at = clock_timestamp() WHERE customer_id LIKE '${round.name}-expired-%'`,
      );
    },
    run: async (site) => {
      await site.expire();
      await untilSent(site);
    },
  },
];

/** Until the relay has marked every event delivered. */
async function untilSent({ databaseUrl }: BudgetSite): Promise<void> {
  const limit = Date.now() + 60_000;
  const waiting = 'SELECT 1 FROM customer_broadcast_outbox WHERE delivered_at IS NULL LIMIT 1';
  while ((await execute(databaseUrl, waiting)).rowCount !== 0) {
    if (Date.now() > limit) throw new Error('The relay did not deliver every event within a minute.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
