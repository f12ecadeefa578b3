import type { CheckerName } from '../history/violation.interface.ts';
import type { Site } from '../site/site.interface.ts';

/**
 * The product with one part taken out. A run of it has to be red within 60 s: a fault test that stays green here proves
 * nothing where it is green.
 */
export interface Control {
  readonly name: string;
  /** What is taken out, and what then goes wrong. */
  readonly sentence: string;
  /** At least one of these reports a violation; others may as well. */
  readonly expected: readonly CheckerName[];
  /** For every replica, at its start and at each restart. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of faults to have on again and again: without them the part is not missed. */
  readonly faults: readonly string[];
  /** Once, after the site has started and before the load. The site is not to be used for anything else afterwards. */
  prepare(site: Site): Promise<void>;
}
