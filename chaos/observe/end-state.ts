import { Redis } from 'ioredis';
import type pg from 'pg';

import { keyOf, TABLES } from '../../test/support/requests.ts';
import type { AuditRow, FinalRow, History, OutboxEntry } from '../history/operation.interface.ts';
import { toRunMs } from '../site/run-clock.ts';
import { KINDS, type Site } from '../site/site.interface.ts';

/** Rows of one answer: an answer of millions would not fit, and would stop everything else while it is parsed. */
const PAGE = 20_000;
const SCAN_COUNT = 1_000;
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** What the stores hold, on the run's clock. */
export type EndState = Pick<History, 'audit' | 'rows' | 'outbox' | 'keys'>;

/**
 * Reads everything that the checkers of the end compare: past every proxy, after healing and quiet, and before the probes,
 * whose broadcasts are in no record. Not one snapshot: whatever still runs is seen in part.
 *
 * @throws Error when Postgres or the Redis of the key cannot be reached
 */
export async function collectEnd(site: Site): Promise<EndState> {
  // The keys first: those of a moment later may belong to broadcasts that are read afterwards, never the other way round.
  const keys = await readKeys(site.key.url);
  return {
    keys,
    rows: (await Promise.all(KINDS.map((kind) => readRows(site, kind)))).flat(),
    audit: await readAudit(site),
    outbox: await readOutbox(site),
  };
}

/** Of the history that the triggers write, oldest first. */
async function readAudit(site: Site): Promise<AuditRow[]> {
  type Row = Omit<AuditRow, 'id' | 'atMs'> & { id: string; at: Date };
  const rows = await readPages<Row>(
    site,
    `SELECT id, kind, broadcast_id AS "broadcastId", customer_id AS "customerId", from_status AS "from",
            to_status AS "to", changed_at AS at, changed_by AS by
       FROM customer_broadcast_transitions WHERE id > $1 ORDER BY id LIMIT ${PAGE}`,
    '0',
  );
  return rows.map(({ id, at, ...row }) => ({ ...row, id: Number(id), atMs: toRunMs(at) }));
}

async function readOutbox(site: Site): Promise<OutboxEntry[]> {
  type Row = Omit<OutboxEntry, 'id'> & { id: string };
  const rows = await readPages<Row>(
    site,
    `SELECT id, event_id AS "eventId", type, kind, broadcast_id AS "broadcastId", customer_id AS "customerId", status,
            delivered_at IS NOT NULL AS delivered
       FROM customer_broadcast_outbox WHERE id > $1 ORDER BY id LIMIT ${PAGE}`,
    '0',
  );
  return rows.map(({ id, ...row }) => ({ ...row, id: Number(id) }));
}

async function readRows(site: Site, kind: (typeof KINDS)[number]): Promise<FinalRow[]> {
  type Row = Omit<FinalRow, 'expiresAtMs'> & { id: string; expiresAt: Date };
  const rows = await readPages<Row>(
    site,
    `SELECT id, kind, id AS "broadcastId", customer_id AS "customerId", status, goods_type AS request,
            trucks_needed AS "trucksNeeded", trucks_filled AS "trucksFilled", expires_at AS "expiresAt"
       FROM ${TABLES[kind]} WHERE id > $1 ORDER BY id LIMIT ${PAGE}`,
    NIL_UUID,
  );
  return rows.map(({ id: _id, expiresAt, ...row }) => ({ ...row, expiresAtMs: toRunMs(expiresAt) }));
}

/** @param sql in the order of its column `id`, and after `$1` */
async function readPages<R extends pg.QueryResultRow & { readonly id: string }>(
  site: Site,
  sql: string,
  from: string,
): Promise<R[]> {
  const all: R[] = [];
  for (let after = from; ;) {
    const page = await site.query<R>(sql, [after]);
    for (const row of page) all.push(row);
    const last = page.at(-1);
    if (!last || page.length < PAGE) return all;
    after = last.id;
  }
}

export async function readKeys(url: string): Promise<Record<string, string>> {
  const redis = new Redis(url, { maxRetriesPerRequest: 5 });
  redis.on('error', () => undefined); // the command fails, and says why
  const keys: Record<string, string> = {};
  try {
    for (let cursor = '0'; ;) {
      const [next, names] = await redis.scan(cursor, 'MATCH', keyOf('*'), 'COUNT', SCAN_COUNT);
      const values = names.length > 0 ? await redis.mget(names) : [];
      for (const [index, value] of values.entries()) {
        if (value !== null) keys[names[index]!.slice(keyOf('').length)] = value;
      }
      if (next === '0') return keys;
      cursor = next;
    }
  } finally {
    redis.disconnect();
  }
}
