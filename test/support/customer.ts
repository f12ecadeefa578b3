import { type ApiAnswer, type ApiClient, createApiClient, type RequestOptions } from './api-client.ts';
import type { ServiceProcess } from './service-process.ts';

const PLACE = { latitude: 12.97, longitude: 77.59, address: 'MG Road, Bengaluru' };

/** Of each service: where its requests live, and one that is valid. */
export const REQUESTS = {
  'booking-service': {
    kind: 'booking',
    table: 'bookings',
    path: '/v1/bookings',
    body: { pickup: PLACE, drop: PLACE, vehicleType: 'open', trucksNeeded: 1 },
  },
  'order-service': {
    kind: 'order',
    table: 'orders',
    path: '/v1/orders',
    body: { pickup: PLACE, drop: PLACE, items: [{ vehicleType: 'open', quantity: 1 }] },
  },
} as const;

/** A customer at one replica. */
export interface Customer {
  readonly sub: string;
  readonly api: ApiClient;
  create(options?: RequestOptions): Promise<ApiAnswer>;
  cancel(id: string): Promise<ApiAnswer>;
}

export function customerAt({ name, url }: ServiceProcess, sub: string): Customer {
  const api = createApiClient(url, { sub, role: 'customer' });
  const { path, body } = REQUESTS[name];
  return {
    sub,
    api,
    create: (options) => api.post(path, body, options),
    cancel: (id) => api.post(`${path}/${id}/cancel`),
  };
}

export const keyOf = (sub: string): string => `customer:active-broadcast:${sub}`;
export const lockOf = (sub: string): string => `lock:customer-broadcast-create:${sub}`;

export interface Timed<T> {
  readonly value: T;
  readonly ms: number;
}

export async function timed<T>(call: () => Promise<T>): Promise<Timed<T>> {
  const startedAt = performance.now();
  const value = await call();
  return { value, ms: performance.now() - startedAt };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
