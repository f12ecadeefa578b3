import type { SeededRandom } from '../random.ts';
import type { Site } from '../site/site.interface.ts';

/** What a fault lays hands on. Two faults of one subject are never on at once: the undo of one would end the other. */
export const SUBJECTS = [
  'key',
  'lock',
  'postgres',
  'service',
  'network',
  'message',
  'sql',
  'load',
  'issuer',
] as const;
export type Subject = (typeof SUBJECTS)[number];

/**
 * Ends the fault. Resolves when the part is well again, or was told to be; what was broken by it may take longer.
 *
 * @returns what was seen while it was on, for the report; null when there is nothing to say
 */
export type Undo = () => Promise<string | null>;

/** One way to break the site. */
export interface Fault {
  /** As in schedules and tables, `redis-kill`. */
  readonly name: string;
  /** Its number among the kinds of faults, `F1`; several faults may be of one kind. */
  readonly matrix: `F${number}`;
  readonly subject: Subject;
  /** What it does, for the table. */
  readonly sentence: string;
  /** How long it is on, milliseconds; the schedule chooses in between. */
  readonly lastsMs: readonly [least: number, most: number];
  /** What this machine lacks for it, with the remedy; null, or not there, when it lacks nothing. */
  readonly missing?: () => string | null;
  /** What it will hit: the name of a replica (`booking-0`), or of a store. */
  target(site: Site, random: SeededRandom): string;
  /**
   * Begins the fault, and returns when it is on. Never touches what the harness itself needs: the site's pool and the
   * straight ways to the stores keep working, or come back with the store.
   *
   * @throws Error when it cannot be applied now, because another fault has the part down for example; it is then not on
   */
  apply(site: Site, target: string, random: SeededRandom): Promise<Undo>;
}
