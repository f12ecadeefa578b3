import fc from 'fast-check';
import type { OnActive } from '../../src/guard/on-active.policy.ts';

/** What an actor asks a service for. `via` picks one of the replicas that can serve it. */
export type Operation =
  | {
      readonly do: 'create';
      readonly kind: 'booking' | 'order';
      readonly onActive: OnActive;
      readonly trucks: number;
      readonly via: number;
    }
  /** `age` 0: the customer's latest broadcast, 1: the one before. */
  | { readonly do: 'cancel'; readonly age: number; readonly via: number }
  | { readonly do: 'accept'; readonly age: number; readonly trucks: number; readonly via: number }
  | { readonly do: 'dispatched'; readonly via: number }
  | { readonly do: 'expire-due'; readonly kind: 'booking' | 'order'; readonly via: number }
  | { readonly do: 'reconcile'; readonly via: number };

export type Fault =
  | {
      readonly fault: 'kill' | 'pause' | 'resume' | 'stall' | 'unstall' | 'lose-acknowledgement';
      readonly replica: number;
    }
  /** The connection stalls with the next command of this name: what comes late is chosen, because chance rarely hits it. */
  | { readonly fault: 'stall-from'; readonly replica: number; readonly command: string }
  | {
      readonly fault: 'flush' | 'replicate' | 'fail-over' | 'stop' | 'hang' | 'heal' | 'lose-command';
      readonly redis: number;
    }
  | { readonly fault: 'lose-event' | 'event-twice' | 'event-late' | 'deliver-late' };

/** One story: who wants what, and what goes wrong meanwhile. When things happen is up to the scheduler. */
export interface Scenario {
  readonly replicas: number;
  /** On how many Redis masters the lock lives. */
  readonly lockNodes: 1 | 3;
  readonly seed: number;
  /** Whether the reconcilers run by themselves; they repair what should not have been broken, so it must hold without. */
  readonly reconciles: boolean;
  /** Steps between two moves of the clock, when there is other work. */
  readonly pace: number;
  /** By how many milliseconds the clock moves, in turn. */
  readonly jumpsMs: readonly number[];
  readonly actors: readonly { readonly customer: number; readonly operations: readonly Operation[] }[];
  /** `after`: steps since the fault before. */
  readonly faults: readonly (Fault & { readonly after: number })[];
}

const via = fc.nat(3);
const kind = fc.constantFrom('booking', 'order');
const age = fc.constantFrom(0, 0, 0, 1);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      kind,
      onActive: fc.constantFrom<OnActive[]>('reject', 'reject', 'return', 'replace'),
      trucks: fc.integer({ min: 1, max: 2 }),
      via,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('cancel' as const), age, via }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('accept' as const),
      age,
      trucks: fc.integer({ min: 1, max: 2 }),
      via,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('dispatched' as const), via }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire-due' as const), kind, via }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reconcile' as const), via }) },
);

const replicaFault = fc.record({
  fault: fc.constantFrom('kill', 'pause', 'resume', 'stall', 'unstall', 'lose-acknowledgement'),
  replica: fc.nat(3),
});
const stallFault = fc.record({
  fault: fc.constant('stall-from' as const),
  replica: fc.nat(3),
  command: fc.constantFrom('customerBroadcastSet', 'customerBroadcastClose', 'unlock'),
});
const redisFault = fc.record({
  fault: fc.constantFrom('flush', 'replicate', 'fail-over', 'stop', 'hang', 'heal', 'lose-command'),
  redis: fc.nat(2),
});
const eventFault = fc.record({
  fault: fc.constantFrom('lose-event', 'event-twice', 'event-late', 'deliver-late'),
});
type TimedFault = Fault & { readonly after: number };
const timed = (...kinds: fc.Arbitrary<Fault>[]): fc.Arbitrary<TimedFault[]> =>
  fc.array(
    fc.tuple(fc.oneof(...kinds), fc.nat(60)).map(([fault, after]) => ({ ...fault, after })),
    { maxLength: 10 },
  );
/** With a Redis that loses nothing more is promised than with any, so that gets its own share. */
const faults = fc.oneof(
  fc.constant([]),
  timed(replicaFault, stallFault, eventFault),
  timed(replicaFault, stallFault, redisFault, eventFault),
);

/** The lengths that matter: below and above the limits of command, vote, acknowledgement, lease, lock and broadcast. */
const jumpMs = fc.constantFrom(1, 15, 60, 110, 130, 350, 1100, 3500, 10_500, 31_000);

export function scenarios(): fc.Arbitrary<Scenario> {
  return fc.record({
    replicas: fc.integer({ min: 2, max: 4 }),
    lockNodes: fc.constantFrom<(1 | 3)[]>(1, 1, 3),
    seed: fc.nat(),
    reconciles: fc.boolean(),
    pace: fc.integer({ min: 2, max: 40 }),
    jumpsMs: fc.array(jumpMs, { minLength: 1, maxLength: 8 }),
    actors: fc.array(
      fc.record({ customer: fc.nat(2), operations: fc.array(operation, { minLength: 1, maxLength: 5 }) }),
      { minLength: 1, maxLength: 6 },
    ),
    faults,
  });
}
