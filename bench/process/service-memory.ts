import { readFileSync } from 'node:fs';

/** What is set by the scripts of `npm run start:booking` and of the image. */
export const AS_STARTED = { NODE_OPTIONS: '--max-semi-space-size=4', MALLOC_ARENA_MAX: '2' };

/** Of Linux, which the figures are of; NaN elsewhere. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) / 1024;
}
