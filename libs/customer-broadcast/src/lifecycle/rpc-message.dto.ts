import type { Type } from '@nestjs/common';
import { Allow, IsOptional, IsString, Length, Matches } from 'class-validator';
import { IDEMPOTENCY_KEY } from '../customer-broadcast.constants.ts';
import { IDEMPOTENCY_KEY_TEXT } from '../customer-broadcast.messages.ts';
import type { OnActive } from '../guard/on-active.policy.ts';

/** What every request over the Redis transport carries beside the body that HTTP would have. @publicApi */
export interface RpcEnvelope {
  /** Who asks, `{ sub, role }`; read by the option `customer` before the payload is looked at. */
  readonly actor: unknown;
  readonly idempotencyKey?: string;
}

/**
 * The payload of a message whose body is `Body`: the same fields with the same checks, plus the envelope.
 *
 * @example class CreateParcelMessage extends RpcMessage(CreateParcelDto) {}
 * @publicApi
 */
export function RpcMessage<B extends object>(Body: Type<B>): Type<B & RpcEnvelope> {
  class Message extends (Body as Type) {
    @Allow()
    readonly actor: unknown;

    @IsOptional()
    @Matches(IDEMPOTENCY_KEY, { message: IDEMPOTENCY_KEY_TEXT('idempotencyKey') })
    readonly idempotencyKey?: string;
  }
  return Message as Type<B & RpcEnvelope>;
}

/** What a message that creates a broadcast may carry beside its body. @publicApi */
export interface CreateChoice {
  /** Checked by the guard, before the payload is looked at. */
  readonly onActive?: OnActive;
}

/**
 * The payload of a message that creates a broadcast, whose body is `Body`.
 *
 * @example class CreateParcelMessage extends CreateMessage(CreateParcelDto) {}
 * @publicApi
 */
export function CreateMessage<B extends object>(Body: Type<B>): Type<B & RpcEnvelope & CreateChoice> {
  class Message extends (RpcMessage(Body) as Type) {
    @Allow()
    readonly onActive?: OnActive;
  }
  return Message as Type<B & RpcEnvelope & CreateChoice>;
}

/** The body of a message that has only the envelope. */
export class NoBody {}

/** The payload of a message that has only the envelope. */
export class EmptyMessage extends RpcMessage(NoBody) {}

/** What a message about one broadcast has where HTTP has it in the path. @publicApi */
export interface BroadcastReference {
  readonly id: string;
}

/**
 * The payload of a message about one broadcast, whose body is `Body`.
 *
 * @example class AcceptParcelMessage extends BroadcastMessage(AcceptParcelDto) {}
 * @publicApi
 */
export function BroadcastMessage<B extends object>(
  Body: Type<B>,
): Type<B & RpcEnvelope & BroadcastReference> {
  class Message extends (RpcMessage(Body) as Type) {
    /** Checked by the handler: one that is no UUID is not found. */
    @IsString()
    @Length(1, 100)
    readonly id: string;
  }
  return Message as Type<B & RpcEnvelope & BroadcastReference>;
}
