import type { Operation } from '../history/operation.interface.ts';
import type { Call, Reply } from './request.interface.ts';

/** The part of an operation that its end decides. */
export type Ending = Pick<
  Operation,
  | 'broadcastId'
  | 'outcome'
  | 'status'
  | 'code'
  | 'broadcastStatus'
  | 'trucksFilled'
  | 'refusedBy'
  | 'replayed'
>;

/** Code of an operation that never left this process: no connection. It had no effect and never will. */
export const NOT_SENT = 'NOT_SENT';

const IN_PROGRESS = 'IDEMPOTENCY_IN_PROGRESS';

/**
 * What an attempt's reply tells the client.
 *
 * - 2xx: `ok`.
 * - 4xx with a code: `fail`, for a refusal is given instead of an effect; also 409 with `activeBroadcast` null. But
 *   `IDEMPOTENCY_IN_PROGRESS` is `info`: the request with this key is being carried out at this moment, so what was asked
 *   for may well come about.
 * - 5xx, 4xx without a code of ours (not a service's answer), a broken connection, no answer in time: `info`.
 * - No connection at all: `fail` with {@link NOT_SENT}.
 */
export function endingOf(call: Call, reply: Reply): Ending {
  const nothing: Ending = {
    broadcastId: call.broadcastId,
    outcome: 'info',
    status: null,
    code: null,
    broadcastStatus: null,
    trucksFilled: null,
    refusedBy: null,
    replayed: false,
  };
  if (!reply.answered) return reply.sent ? nothing : { ...nothing, outcome: 'fail', code: NOT_SENT };
  const { status, body, replayed } = reply;
  if (status >= 200 && status < 300) {
    return {
      ...nothing,
      outcome: 'ok',
      status,
      broadcastId: call.broadcastId ?? (body as { id?: string }).id ?? null,
      broadcastStatus: typeof body.status === 'string' ? body.status : null,
      trucksFilled: body.trucksFilled ?? null,
      replayed,
    };
  }
  const code = body.code ?? null;
  const isRefusal = status >= 400 && status < 500 && code !== null && code !== IN_PROGRESS;
  return {
    ...nothing,
    outcome: isRefusal ? 'fail' : 'info',
    status,
    code,
    refusedBy: body.activeBroadcast?.id ?? null,
  };
}
