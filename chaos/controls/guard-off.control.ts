import { commandsAtStart } from '../inject/agent-commands.ts';
import type { Control } from './control.interface.ts';

/** A moment of thought between check and insert, as every application has one, so that a minute is enough. */
const THINK_MS = 30;

/** The foreign keys rest on the slots' unique triple, and the checks of the services on an index. */
const TAKE_OUT = [
  'ALTER TABLE bookings DROP CONSTRAINT "single_active:customer-broadcast:proof"',
  'ALTER TABLE orders DROP CONSTRAINT "single_active:customer-broadcast:proof"',
  `ALTER TABLE single_active."customer-broadcast"
     DROP CONSTRAINT "single_active:customer-broadcast", DROP CONSTRAINT "single_active:customer-broadcast:row"`,
  'DROP INDEX uq_bookings_active_customer, uq_orders_active_customer',
  'CREATE INDEX ix_slots_customer ON single_active."customer-broadcast" (key)',
  'CREATE INDEX ix_bookings_active ON bookings (active_customer_id) WHERE active_customer_id IS NOT NULL',
  'CREATE INDEX ix_orders_active ON orders (active_customer_id) WHERE active_customer_id IS NOT NULL',
];

export const guardOff: Control = {
  name: 'guard-off',
  sentence: 'the database has no slot and no unique index, and creates take no lock: check, then insert',
  expected: ['C1'],
  env: commandsAtStart([
    { command: 'switch', name: 'lock-off', on: true },
    { command: 'arm', point: 'after-check', mode: 'pause', ms: THINK_MS, every: true },
  ]),
  faults: [],
  prepare: async (site) => {
    for (const statement of TAKE_OUT) await site.query(statement);
  },
};
