import { Counter, Gauge, Histogram } from 'prom-client';

/**
 * Metrics in prom-client's default registry. Labels are bounded: never a customer or a broadcast id.
 *
 * @see https://prometheus.io/docs/practices/naming/
 */
export const metrics = {
  /** Which layer refused a create: the key, the lock, the check, or the slot itself. */
  refused: new Counter({
    name: 'customer_broadcast_creates_refused_total',
    help: 'Creates refused with ORDER_ACTIVE_EXISTS, by the layer that saw it',
    labelNames: ['layer'] as const,
  }),
  createSeconds: new Histogram({
    name: 'customer_broadcast_create_duration_seconds',
    help: 'Guarded creates that succeeded, guard included',
    labelNames: ['kind'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  }),
  idempotency: new Counter({
    name: 'customer_broadcast_idempotent_requests_total',
    help: 'Requests with an idempotency key, by what became of them',
    labelNames: ['outcome'] as const,
  }),
  pruned: new Counter({
    name: 'customer_broadcast_pruned_rows_total',
    help: 'Old rows deleted, by table',
    labelNames: ['table'] as const,
  }),
  lock: new Counter({
    name: 'customer_broadcast_lock_total',
    help: 'Create locks asked for, by outcome',
    labelNames: ['outcome'] as const,
  }),
  staleKeysHealed: new Counter({
    name: 'customer_broadcast_stale_keys_healed_total',
    help: 'Keys without an active broadcast, met by a create and deleted',
  }),
  redisDegraded: new Gauge({
    name: 'customer_broadcast_redis_degraded',
    help: '1 while commands to this Redis are skipped',
    labelNames: ['use'] as const,
  }),
  transitions: new Counter({
    name: 'customer_broadcast_transitions_total',
    help: 'Transitions made by this process',
    labelNames: ['kind', 'to'] as const,
  }),
  delivered: new Counter({
    name: 'customer_broadcast_outbox_deliveries_total',
    help: 'Deliveries tried, by outcome',
    labelNames: ['outcome'] as const,
  }),
  reconciled: new Counter({
    name: 'customer_broadcast_keys_reconciled_total',
    help: 'Keys that differed from Postgres and were repaired',
    labelNames: ['repair'] as const,
  }),
  slotDrift: new Gauge({
    name: 'customer_broadcast_slot_drift',
    help: 'Slots without an active broadcast plus active broadcasts without a slot; must be 0',
  }),
  liveClients: new Gauge({
    name: 'customer_broadcast_live_clients',
    help: 'Clients of the live view that are connected to this process',
  }),
  expiryLastSuccess: new Gauge({
    name: 'customer_broadcast_expiry_last_success_timestamp_seconds',
    help: 'When the expiry worker of a kind last finished a sweep',
    labelNames: ['kind'] as const,
  }),
};
