import { readFileSync } from 'node:fs';

/** The flags of `npm run start:booking` and of the image. */
export const AS_STARTED = { NODE_OPTIONS: '--max-semi-space-size=8' };

/** Of Linux, which the figures are of; NaN elsewhere. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) / 1024;
}
