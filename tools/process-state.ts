import { readFileSync } from 'node:fs';

/** Whether there is an entry of that number, also one of another user. */
export function exists(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a process of that number runs. One that has ended, and that its parent has not asked after, does not. */
export function isAlive(pid: number): boolean {
  return exists(pid) && statOf(pid)?.state !== 'Z';
}

/**
 * Tells a process from a later one with the same number. Empty where the system does not tell (other than Linux); the
 * number alone decides there.
 */
export function startTimeOf(pid: number): string {
  return statOf(pid)?.startTime ?? '';
}

/** The parent's number, null where the system does not tell. */
export function parentOf(pid: number): number | null {
  return statOf(pid)?.parent ?? null;
}

/** The program's short name, null where the system does not tell. */
export function programOf(pid: number): string | null {
  return statOf(pid)?.program ?? null;
}

/**
 * For how long, since its start, a process' main thread was ready to run and had no processor: the machine had too much to do. Null
 * where the system does not tell.
 *
 * @see https://docs.kernel.org/scheduler/sched-stats.html on `/proc/<pid>/schedstat`
 */
export function waitedForProcessorMs(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return null;
  }
}

interface ProcessStat {
  readonly program: string;
  readonly state: string;
  readonly parent: number;
  readonly startTime: string;
}

/** @see proc(5): the name stands in brackets and may hold anything; the fields follow its last bracket. */
function statOf(pid: number): ProcessStat | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    const fields = stat.slice(end + 2).split(' ');
    return {
      program: stat.slice(stat.indexOf('(') + 1, end),
      state: fields[0] ?? '',
      parent: Number(fields[1]),
      startTime: fields[19] ?? '',
    };
  } catch {
    return null; // gone, or a system without /proc
  }
}
