import { readdirSync, readFileSync } from 'node:fs';

/** Of a clock tick of /proc, which is a hundredth of a second on every Linux that Node runs on. */
const US_PER_TICK = 10_000;

/** Those of a create, by the names that {@link processorTime} has for them. */
export const PROCESSES = ['service', 'postgres', 'redis-server'] as const;

/**
 * Processor time that processes have used since their start, microseconds, by name; `pid` by itself as `service`. With that of children
 * which have ended: a connection of Postgres is a process, and takes what it used with it. Linux only.
 */
export function processorTime(pid: number): ReadonlyMap<string, number> {
  const used = new Map<string, number>();
  for (const folder of readdirSync('/proc')) {
    if (!/^\d+$/.test(folder)) continue;
    const found = readStat(folder);
    if (!found) continue;
    const name = Number(folder) === pid ? 'service' : found.name;
    used.set(name, (used.get(name) ?? 0) + found.ticks * US_PER_TICK);
  }
  return used;
}

/** @returns null for a process that has just ended */
function readStat(pid: string): { readonly name: string; readonly ticks: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      ticks: fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0),
    };
  } catch {
    return null;
  }
}
