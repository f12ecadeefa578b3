import type { TableDefinition } from 'single-active';
import { hasLife, type InstalledKind } from './installed-kind.interface.ts';

const NAME = /^[a-z][a-z0-9_]{0,39}$/;
/** One or two parts, each plain or quoted. */
const TABLE = /^(?:[a-z_][a-z0-9_]*|"[^"\0]+")(?:\.(?:[a-z_][a-z0-9_]*|"[^"\0]+"))?$/;
const ROUTE = /^\/[\w/-]{1,100}$/;

/** @throws Error that names the field, its fault and the remedy */
export function requireValid(kind: InstalledKind): void {
  const { name, table, route } = kind;
  if (!NAME.test(name))
    throw new Error(`Kind name '${name}' is not valid: use a-z, 0-9 and _, e.g. 'parcel'.`);
  if (!TABLE.test(table))
    throw new Error(
      `Table '${table}' is not valid: write it as SQL has it, e.g. 'parcels', 'dispatch.rides' or '"Parcel"'.`,
    );
  if (!ROUTE.test(route)) throw new Error(`Route '${route}' is not valid: use a path, e.g. '/v1/parcels'.`);
  if (hasLife(kind)) requireValidLife(kind.life, name);
}

function requireValidLife(life: Extract<InstalledKind, { life: unknown }>['life'], kind: string): void {
  const { statuses, initial, active, cancelled, expired } = life;
  const wrong = statuses.find((status) => !NAME.test(status));
  if (wrong !== undefined)
    throw new Error(`Status '${wrong}' of the kind '${kind}' is not valid: use a-z, 0-9 and _.`);
  const named = {
    initial: [initial],
    active,
    cancelled: [cancelled],
    expired: expired === null ? [] : [expired],
  };
  for (const [field, values] of Object.entries(named)) {
    const unknown = values.find((status) => !statuses.includes(status));
    if (unknown !== undefined)
      throw new Error(
        `life.${field} of the kind '${kind}' is '${unknown}', which is not one of its statuses. Add it there.`,
      );
  }
  if (active.length === 0)
    throw new Error(`life.active of the kind '${kind}' is empty: no row would take a slot. Name a status.`);
  for (const status of [cancelled, ...(expired === null ? [] : [expired])]) {
    if (active.includes(status))
      throw new Error(
        `'${status}' of the kind '${kind}' ends a broadcast and cannot be active. Take it out of life.active.`,
      );
  }
}

/** The table of a kind, as the rule takes it in. */
export function guardedTableOf(kind: InstalledKind): TableDefinition {
  const { name, table } = kind;
  if (!hasLife(kind)) {
    const { id, customer, activeWhen } = kind;
    // The customer of a request is text; one rule has keys of one type.
    return { table, as: name, id, key: `(${customer})::text`, activeWhen };
  }
  const active = kind.life.active.map((status) => `'${status}'`).join(', ');
  return {
    table,
    as: name,
    id: 'id',
    key: 'customer_id',
    activeWhen: `status IN (${active})`,
    proof: { key: 'active_customer_id', source: 'kind' },
  };
}
