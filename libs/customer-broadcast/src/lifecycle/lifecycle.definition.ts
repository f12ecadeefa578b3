import * as messages from './lifecycle.messages.ts';

/** One step of a life: from which statuses it may be made, and where it leads. @publicApi */
export interface LifecycleStep<S extends string = string> {
  readonly from: readonly S[];
  readonly to: S;
}

/** What {@link defineLifecycle} is told. @publicApi */
export interface LifecycleDefinition<S extends string, N extends string> {
  /** Every status of the kind, 1 to 40 of a-z, 0-9 and `_`, the first a letter. */
  readonly statuses: readonly S[];
  /** The status of a row as it is inserted. It is active. */
  readonly initial: NoInfer<S>;
  /** In these a broadcast holds its customer's slot. */
  readonly active: readonly NoInfer<S>[];
  /** The steps by their names, which are the kind's own. None leads from a status that is not active to one that is. */
  readonly steps: Readonly<Record<N, LifecycleStep<NoInfer<S>>>>;
  /** The step that the relay makes when a listener has heard of the new broadcast. @default none */
  readonly opens?: NoInfer<N>;
  /** The step that gives the slot back on request: a create that replaces makes it, too. Allowed after the deadline. */
  readonly cancels: NoInfer<N>;
  /** The step that the passed deadline makes. */
  readonly expires: NoInfer<N>;
}

const STATUS_NAME = /^[a-z][a-z0-9_]{0,39}$/;

/**
 * The declared life of a kind: which statuses exist, which are active and which steps are legal. Made by
 * {@link defineLifecycle}; never changes.
 *
 * @publicApi
 */
export class Lifecycle<S extends string = string, N extends string = string> {
  readonly statuses: readonly S[];
  readonly initial: S;
  readonly active: readonly S[];
  readonly steps: Readonly<Record<N, LifecycleStep<S>>>;
  readonly opens: N | undefined;
  readonly cancels: N;
  readonly expires: N;

  /** @throws Error that names the fault and the remedy when the declaration contradicts itself */
  constructor(definition: LifecycleDefinition<S, N>) {
    check(definition);
    this.statuses = [...definition.statuses];
    this.initial = definition.initial;
    this.active = [...definition.active];
    this.steps = { ...definition.steps };
    this.opens = definition.opens;
    this.cancels = definition.cancels;
    this.expires = definition.expires;
  }

  /** Whether a broadcast in this status holds its customer's slot. */
  isActive(status: string): boolean {
    return (this.active as readonly string[]).includes(status);
  }

  /** Whether some step leads `from` a status `to` another; from null to the initial one. */
  allows(from: string | null, to: string): boolean {
    if (from === null) return to === this.initial;
    return Object.values<LifecycleStep>(this.steps).some(
      (step) => step.to === to && step.from.includes(from),
    );
  }

  /** @throws Error when no step has this name */
  step(name: string): LifecycleStep<S> {
    const step = Object.hasOwn(this.steps, name) ? this.steps[name as N] : undefined;
    if (!step) throw new Error(messages.UNKNOWN_STEP_TEXT(name, Object.keys(this.steps)));
    return step;
  }

  /** Where a broadcast is once its customer has cancelled it. */
  get cancelled(): S {
    return this.steps[this.cancels].to;
  }

  /** Where a broadcast is once its deadline has passed. */
  get expired(): S {
    return this.steps[this.expires].to;
  }
}

/**
 * Declares the life of a kind once, for its module, its database and its documents.
 *
 * @throws Error that names the fault and the remedy when the declaration contradicts itself; nothing starts then
 * @example
 * const PARCEL_LIFE = defineLifecycle({
 *   statuses: ['requested', 'collecting', 'delivered', 'cancelled', 'expired'],
 *   initial: 'requested',
 *   active: ['requested', 'collecting'],
 *   steps: {
 *     collect: { from: ['requested'], to: 'collecting' },
 *     deliver: { from: ['collecting'], to: 'delivered' },
 *     cancel: { from: ['requested', 'collecting'], to: 'cancelled' },
 *     expire: { from: ['requested', 'collecting'], to: 'expired' },
 *   },
 *   cancels: 'cancel',
 *   expires: 'expire',
 * });
 * @publicApi
 */
export function defineLifecycle<const S extends string, const N extends string>(
  definition: LifecycleDefinition<S, N>,
): Lifecycle<S, N> {
  return new Lifecycle(definition);
}

type Definition = LifecycleDefinition<string, string>;

function check(definition: Definition): void {
  const { statuses, initial, active, steps } = definition;
  for (const [index, status] of statuses.entries()) {
    if (!STATUS_NAME.test(status)) throw new Error(messages.STATUS_NAME_TEXT(status));
    if (statuses.indexOf(status) !== index) throw new Error(messages.DUPLICATE_STATUS_TEXT(status));
  }
  requireKnown(statuses, 'active', active);
  requireKnown(statuses, 'initial', [initial]);
  if (!active.includes(initial)) throw new Error(messages.INITIAL_NOT_ACTIVE_TEXT(initial));
  for (const [name, { from, to }] of Object.entries(steps)) {
    requireKnown(statuses, `the step '${name}'`, [...from, to]);
    if (from.length === 0) throw new Error(messages.STEP_FROM_NOWHERE_TEXT(name));
    const ended = from.find((status) => !active.includes(status));
    if (ended !== undefined && active.includes(to))
      throw new Error(messages.STEP_REOPENS_TEXT(name, ended, to));
  }
  checkRoles(definition);
}

function checkRoles({ initial, active, steps, opens, cancels, expires }: Definition): void {
  for (const [role, name] of Object.entries({ cancels, expires })) {
    const step = Object.hasOwn(steps, name) ? steps[name] : undefined;
    if (!step) throw new Error(messages.MISSING_STEP_TEXT(role, name));
    const kept = active.includes(step.to) ? step.to : active.find((status) => !step.from.includes(status));
    if (kept !== undefined) throw new Error(messages.STEP_FREES_NOT_TEXT(role, name, kept));
  }
  if (opens === undefined) return;
  const step = Object.hasOwn(steps, opens) ? steps[opens] : undefined;
  if (!step) throw new Error(messages.MISSING_STEP_TEXT('opens', opens));
  if (!step.from.includes(initial) || !active.includes(step.to))
    throw new Error(messages.STEP_OPENS_NOT_TEXT(opens));
}

function requireKnown(statuses: readonly string[], place: string, named: readonly string[]): void {
  const unknown = named.find((status) => !statuses.includes(status));
  if (unknown !== undefined) throw new Error(messages.UNKNOWN_STATUS_TEXT(place, unknown));
}
