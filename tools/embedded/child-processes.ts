import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The processes that a process has started and that run; none where there is no /proc. */
export function childrenOf(pid: number): number[] {
  const file = join('/proc', String(pid), 'task', String(pid), 'children');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number);
}
