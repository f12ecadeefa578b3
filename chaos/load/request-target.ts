import type { Actor } from '../../test/support/api-client.ts';
import { validBooking, validOrder } from '../../test/support/requests.ts';
import type { CustomerKnowledge, KnownBroadcast } from './customer-knowledge.ts';
import type { Call, PlannedRequest } from './request.interface.ts';

const OPERATOR: Actor = { sub: 'operator', role: 'operator' };
const DISPATCHER: Actor = { sub: 'dispatcher', role: 'dispatcher' };
/** What the services offer over the Redis transport too. */
const OVER_RPC: readonly Call['action'][] = ['create', 'cancel', 'accept', 'get', 'find-active'];

/** Makes the planned request one about what the customer is known to have; a create when there is nothing of that sort. */
export function toCall(planned: PlannedRequest, known: CustomerKnowledge): Call {
  return find(planned, known) ?? create(planned);
}

function find(planned: PlannedRequest, known: CustomerKnowledge): Call | null {
  const { choice, transporterId } = planned;
  const customer = customerOf(planned);
  const transporter: Actor = { sub: transporterId, role: 'transporter' };
  const ended = known.closed();
  switch (choice) {
    case 'create':
      return null;
    case 'repeat':
      return known.lastKeyedCreate;
    case 'cancel':
      return known.active && call(planned, 'cancel', customer, known.active);
    case 'accept':
      return known.active && accept(planned, transporter, known.active);
    case 'start':
      return act(planned, 'start', known.closed('fully_filled'));
    case 'complete':
      return act(planned, 'complete', known.closed('in_progress'));
    case 'dispatched':
      return known.active && call(planned, 'dispatched', DISPATCHER, known.active, { notified: 3 });
    case 'find-active':
      return call(planned, 'find-active', customer, null);
    case 'get': {
      const any = known.active ?? ended ?? known.closed('fully_filled');
      return any && call(planned, 'get', customer, any);
    }
    case 'cancel-ended':
      return ended && call(planned, 'cancel', customer, ended);
    case 'accept-ended':
      return ended && accept(planned, transporter, ended);
    default:
      return choice satisfies never;
  }
}

const customerOf = ({ customerId }: PlannedRequest): Actor => ({ sub: customerId, role: 'customer' });

function create(planned: PlannedRequest): Call {
  const { number, kind, trucks, onActive, idempotencyKey } = planned;
  // Two vehicle types as soon as there are two trucks, so that an order's items fill at different times.
  const quantities = trucks === 1 ? [1] : [1, trucks - 1];
  const items = quantities.map((quantity, index) => ({ vehicleType: `type-${index}`, quantity }));
  // In a column that nothing else here needs: whose row it is must be known, not guessed from times.
  const request = `request-${number}`;
  const own = { goodsType: request };
  const body =
    kind === 'booking' ? validBooking({ ...own, trucksNeeded: trucks }) : validOrder({ ...own, items });
  return {
    ...call(planned, 'create', customerOf(planned), null, body),
    request,
    trucks,
    onActive,
    idempotencyKey,
  };
}

function act(planned: PlannedRequest, action: 'start' | 'complete', on: KnownBroadcast | null): Call | null {
  if (on === null) return null;
  const byTransporter = !planned.byOperator && on.transporterId !== null;
  const actor: Actor = byTransporter ? { sub: on.transporterId, role: 'transporter' } : OPERATOR;
  return call(planned, action, actor, on);
}

/** By a transporter who takes what is left, or one truck. A caller who does not know the items asks for them first. */
function accept(planned: PlannedRequest, transporter: Actor, on: KnownBroadcast): Call {
  const { fill, idempotencyKey } = planned;
  if (on.kind === 'order') {
    const item = on.items.find(({ quantity, filled }) => filled < quantity) ?? on.items[0];
    if (item === undefined) return call(planned, 'get', customerOf(planned), on);
    const trucks = fill ? Math.max(1, item.quantity - item.filled) : 1;
    return {
      ...call(planned, 'accept', transporter, on, { itemId: item.id, trucks }),
      trucks,
      idempotencyKey,
    };
  }
  const trucks = fill ? Math.max(1, on.trucksLeft ?? 1) : 1;
  return { ...call(planned, 'accept', transporter, on, { trucks }), trucks, idempotencyKey };
}

function call(
  { customerId, kind, transport }: PlannedRequest,
  action: Call['action'],
  actor: Actor,
  on: KnownBroadcast | null,
  body: Call['body'] = {},
): Call {
  return {
    action,
    kind: on?.kind ?? kind,
    customerId,
    actor,
    broadcastId: on?.id ?? null,
    transport: OVER_RPC.includes(action) ? transport : 'http',
    idempotencyKey: null,
    request: null,
    onActive: null,
    trucks: null,
    body,
  };
}
