import { IDEMPOTENCY_KEY, KIND_NAME } from '../customer-broadcast.constants.ts';
import { BroadcastInputException } from '../exceptions/broadcast.exceptions.ts';
import type { BroadcastActor } from '../interfaces/broadcast-actor.interface.ts';
import * as messages from './customer-broadcast-client.messages.ts';

const SUBJECT = /^[!-~]{1,128}$/;
const ROLE = /^[!-~]{1,64}$/;
const ACTION = /^[a-z][a-z0-9-]{0,39}$/;
const MAX_ID_CHARACTERS = 100;

/** What a caller in JavaScript, or with a cast, hands in wrong: it is refused before anything is sent. */

export function assertKind(kind: unknown): void {
  if (typeof kind === 'string' && KIND_NAME.test(kind)) return;
  throw new BroadcastInputException('kind', messages.BAD_KIND_TEXT(kind));
}

export function assertAction(action: unknown): void {
  if (typeof action === 'string' && ACTION.test(action)) return;
  throw new BroadcastInputException('step', messages.BAD_ACTION_TEXT(action));
}

export function assertId(id: unknown): void {
  if (typeof id === 'string' && id.trim() !== '' && id.length <= MAX_ID_CHARACTERS) return;
  throw new BroadcastInputException('id', messages.BAD_ID_TEXT(id));
}

export function assertIdempotencyKey(key: unknown): void {
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return;
  throw new BroadcastInputException('idempotencyKey', messages.BAD_KEY_TEXT(key));
}

export function assertActor(actor: BroadcastActor): void {
  const { sub, role } = ((actor as unknown) ?? {}) as Record<string, unknown>;
  if (typeof sub !== 'string' || !SUBJECT.test(sub)) {
    throw new BroadcastInputException('actor.sub', messages.BAD_SUB_TEXT(sub));
  }
  if (typeof role !== 'string' || !ROLE.test(role)) {
    throw new BroadcastInputException('actor.role', messages.BAD_ROLE_TEXT(role));
  }
}

export function assertObject(field: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && isJson(value)) return;
  throw new BroadcastInputException(field, messages.BAD_BODY_TEXT(field));
}

export function assertWholeNumber(field: string, value: unknown, min: number, max: number): void {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return;
  throw new BroadcastInputException(field, messages.BAD_NUMBER_TEXT(field, value, max));
}

function isJson(value: object): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false; // a cycle, a BigInt, or a toJSON that throws
  }
}
