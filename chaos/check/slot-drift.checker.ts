import type { Checker } from '../history/violation.interface.ts';
import { sightings } from './never-two.checker.ts';

/** C3: in every snapshot the slots that are taken are those of the active rows. */
export const slotDriftChecker: Checker = ({ snapshots }) =>
  sightings(snapshots, ({ drift }) => drift).map(({ what, count, firstAtMs }) => ({
    checker: 'C3',
    customerId: null,
    atMs: firstAtMs,
    message: `${count} of ${snapshots.length} snapshots saw slots and active rows differ: ${what}, first at ${Math.round(firstAtMs)} ms`,
  }));
