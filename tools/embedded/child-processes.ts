import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The processes that a process has started and that run; none where there is no /proc. */
export function childrenOf(pid: number): number[] {
  const file = join('/proc', String(pid), 'task', String(pid), 'children');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** The processes that run in a folder and that this user may look at; none where there is no /proc. */
export function processesIn(dir: string): number[] {
  if (!existsSync('/proc/self/cwd')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => folderOf(pid) === dir)
    .map(Number);
}

function folderOf(pid: string): string | null {
  try {
    return readlinkSync(join('/proc', pid, 'cwd'));
  } catch {
    return null; // it has ended meanwhile, or belongs to another user
  }
}
