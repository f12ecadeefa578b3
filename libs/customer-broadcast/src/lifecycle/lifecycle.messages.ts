/** Every text of a wrong declaration, as functions, so that tests compare with them and not with copies. */

export const STATUS_NAME_TEXT = (status: string): string =>
  `defineLifecycle: the status '${status}' is no name; use a-z, 0-9 and _, at most 40, e.g. 'collecting'.`;

export const DUPLICATE_STATUS_TEXT = (status: string): string =>
  `defineLifecycle: the status '${status}' is listed twice; list it once.`;

export const UNKNOWN_STATUS_TEXT = (place: string, status: string): string =>
  `defineLifecycle: ${place} names '${status}', which is none of the statuses; add it to them or correct it.`;

export const INITIAL_NOT_ACTIVE_TEXT = (status: string): string =>
  `defineLifecycle: the initial status '${status}' is not active; a new broadcast takes its customer's slot, so list it as active.`;

export const STEP_FROM_NOWHERE_TEXT = (step: string): string =>
  `defineLifecycle: the step '${step}' starts from no status; name at least one in 'from'.`;

export const STEP_REOPENS_TEXT = (step: string, from: string, to: string): string =>
  `defineLifecycle: the step '${step}' leads from '${from}' back to the active '${to}', past the guard; create a new broadcast instead.`;

export const MISSING_STEP_TEXT = (role: string, step: string): string =>
  `defineLifecycle: ${role} names the step '${step}', which is not declared; add it to 'steps'.`;

export const STEP_FREES_NOT_TEXT = (role: string, step: string, status: string): string =>
  `defineLifecycle: the step '${step}' of ${role} must lead from every active status to one that is not; '${status}' is the fault.`;

export const STEP_OPENS_NOT_TEXT = (step: string): string =>
  `defineLifecycle: the step '${step}' of opens must lead from the initial status to an active one.`;

export const UNKNOWN_STEP_TEXT = (step: string, known: readonly string[]): string =>
  `The lifecycle has no step '${step}'; it has ${known.join(', ')}.`;

export const NO_FIELD_TEXT = (kind: string, field: string): string =>
  `'${field}' is no column of the ${kind} that a create may set; leave it out, or add it to the entity with @Column.`;
