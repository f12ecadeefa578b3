import type { Operation } from '../../history/operation.interface.ts';

/** What the answer of an operation says about the slot at one moment between its invocation and its completion. */
export type Claim =
  /** It put `id` into the slot. `orElse`: what it says when `id` was there already, because that cannot be told apart. */
  | {
      readonly type: 'create';
      readonly id: string;
      readonly replaces: boolean;
      readonly orElse: 'never' | 'exists' | 'held';
    }
  | { readonly type: 'held'; readonly id: string }
  /** The slot is not held by `id`, which was created before. `releases`: it may be the reason. */
  | { readonly type: 'ended'; readonly id: string; readonly releases: boolean }
  | { readonly type: 'exists'; readonly id: string }
  | { readonly type: 'absent'; readonly id: string }
  | { readonly type: 'free' };

export interface Step {
  readonly operation: Operation;
  readonly invokedAtMs: number;
  readonly completedAtMs: number;
  readonly claim: Claim;
}

/** What may happen to a broadcast without an answer that says so. */
export interface BroadcastFacts {
  /** A create without a known end may have made it, between these moments; null when an answer says who did. */
  readonly maybeCreated: {
    readonly fromMs: number;
    readonly untilMs: number;
    readonly replaces: boolean;
  } | null;
  /** From here on it may end by itself: by its deadline, or by a request without a known end. Infinity: never. */
  readonly mayEndFromMs: number;
}

/** Everything known about the slot of one customer. */
export interface SlotModel {
  readonly customerId: string;
  /** In the order of invocation. */
  readonly steps: readonly Step[];
  readonly facts: ReadonlyMap<string, BroadcastFacts>;
}

/** The broadcast that holds the slot; null: it is free. */
export type Owner = string | null;

/** The broadcast that the claim is about; null when it is about none. */
export function idOf(claim: Claim): string | null {
  return claim.type === 'free' ? null : claim.id;
}
