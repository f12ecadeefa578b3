import { randomBytes } from 'node:crypto';

import { type AnswerBody, type ApiClient, createApiClient, type Role } from './api-client.ts';
import type { ReachableCluster } from './cluster.ts';

export type Kind = 'booking' | 'order';

/** For `describe.each` and `it.each`. */
export const KINDS: readonly Kind[] = ['booking', 'order'];

export const ROUTES: Readonly<Record<Kind, string>> = { booking: '/v1/bookings', order: '/v1/orders' };
export const TABLES: Readonly<Record<Kind, string>> = { booking: 'bookings', order: 'orders' };

/** The text that a client may rely on. */
export const ACTIVE_EXISTS_DETAIL = 'Request already in progress. Cancel it first.';
export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const ISO_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

type Body = Readonly<Record<string, unknown>>;

const PLACES = {
  pickup: { latitude: 12.9716, longitude: 77.5946, address: '1 Mill Road' },
  drop: { latitude: 13.0827, longitude: 80.2707, address: '2 Quay Street' },
};

export function validBooking(overrides: Body = {}): Body {
  return {
    ...PLACES,
    vehicleType: 'open',
    vehicleSubtype: '17 ft',
    trucksNeeded: 1,
    goodsType: 'steel',
    weightKg: 1200.5,
    ...overrides,
  };
}

export function validOrder(overrides: Body = {}): Body {
  return {
    ...PLACES,
    items: [{ vehicleType: 'open', vehicleSubtype: '17 ft', quantity: 1 }],
    goodsType: 'steel',
    weightKg: 1200.5,
    ...overrides,
  };
}

/** A body that asks for this many trucks, of one type. */
export function validBody(kind: Kind, trucks = 1): Body {
  return kind === 'booking'
    ? validBooking({ trucksNeeded: trucks })
    : validOrder({ items: [{ vehicleType: 'open', quantity: trucks }] });
}

export function otherKind(kind: Kind): Kind {
  return kind === 'booking' ? 'order' : 'booking';
}

export function replicasOf<T extends ReachableCluster>(cluster: T, kind: Kind): T['bookings'] {
  return kind === 'booking' ? cluster.bookings : cluster.orders;
}

/** A name that no other test of the file uses. */
export function newName(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}

/** A user's client of the service that owns the kind; a user of its own unless one is named. */
export function clientOf(
  cluster: ReachableCluster,
  kind: Kind,
  {
    role = 'customer',
    sub = newName(role),
    replica = 0,
  }: { role?: Role; sub?: string; replica?: number } = {},
): ApiClient {
  return createApiClient(replicasOf(cluster, kind)[replica]!.url, { sub, role });
}

/** @throws Error with the answer when it is not a 201 */
export async function createBroadcast(client: ApiClient, kind: Kind, trucks = 1): Promise<AnswerBody> {
  const answer = await client.post(ROUTES[kind], validBody(kind, trucks));
  if (answer.status === 201) return answer.body;
  throw new Error(
    `${kind} of ${client.actor?.sub ?? 'no actor'}: ${answer.status} ${JSON.stringify(answer.body)}`,
  );
}

/** The path of an action on one broadcast. */
export function pathOf(kind: Kind, id: string, action = ''): string {
  return `${ROUTES[kind]}/${id}${action === '' ? '' : `/${action}`}`;
}

/** The body of an accept; an order's trucks are those of its first item unless another is named. */
export function acceptBody(broadcast: AnswerBody, trucks: number, itemIndex = 0): Body {
  const item = broadcast.items?.[itemIndex];
  return item === undefined ? { trucks } : { itemId: item.id, trucks };
}

export const keyOf = (customerId: string): string => `customer:active-broadcast:${customerId}`;
export const lockOf = (customerId: string): string => `lock:customer-broadcast-create:${customerId}`;
