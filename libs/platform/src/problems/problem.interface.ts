/** What a code means to a client. @publicApi */
export interface ProblemDefinition {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** The same for each occurrence; what differs is in `detail`. */
  readonly title: string;
  /** Seconds for the `Retry-After` header; an error's own `details.retryAfterSeconds` wins. */
  readonly retryAfterSeconds?: number;
  /** JSON Schema of each member that the error's `details` add, with an example; for the document. */
  readonly members?: Readonly<Record<string, object>>;
}

/** Code to definition. A library hands its table over; the filter needs to know nothing else of it. @publicApi */
export type ProblemTable = Readonly<Record<string, ProblemDefinition>>;

/** An error answer: RFC 9457 plus our `code` and whatever the error's `details` add. @publicApi */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly [member: string]: unknown;
}

/** One complaint about the input; `field` is a path such as `items.0.quantity`. @publicApi */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}
