/** Something the service can do without for a while; the probe then says `degraded` and stays ready. @publicApi */
export interface DegradableDependency {
  /** As it appears in the answer, for example `redis`. */
  readonly name: string;
  /** Must answer at once: from a breaker, not by asking the dependency. */
  healthy(): boolean | Promise<boolean>;
}

/**
 * Token of a list of {@link DegradableDependency} that any module of the app may provide.
 *
 * @example
 * { provide: DEGRADABLE_DEPENDENCIES, inject: [Breaker], useFactory: (b: Breaker) => [{ name: 'redis', healthy: () => b.isClosed }] }
 * @publicApi
 */
export const DEGRADABLE_DEPENDENCIES = Symbol('DEGRADABLE_DEPENDENCIES');

/** What `/health/ready` answers. */
export type Readiness =
  | { readonly status: 'ok' }
  | { readonly status: 'degraded'; readonly degraded: readonly string[] }
  | { readonly status: 'unavailable'; readonly unavailable: readonly string[] }
  | { readonly status: 'draining' };
