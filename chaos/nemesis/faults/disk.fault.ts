import { waitFor } from '../../../test/support/wait.ts';
import { switchFsync } from '../../site/fsync.ts';
import type { Site } from '../../site/site.interface.ts';
import type { Fault } from '../fault.interface.ts';
import { missingTracer, traceCalls } from '../tracer.ts';
import { bringUp } from '../../site/upkeep.ts';

const DISK = { subject: 'postgres', target: () => 'postgres', missing: missingTracer } as const;

const SYNCS = ['fsync', 'fdatasync'];
/** Files are written and made longer by these; sockets, and the server's log, by others. */
const WRITES = ['pwrite64', 'pwritev', 'fallocate'];
const RECOVERY_LIMIT_MS = 30_000;

/**
 * A disk that is slow, or full, as Postgres sees it: a tracer changes what the system answers. A small file system of its
 * own would need the right to mount, could not be slow, and would have to be filled and freed again.
 */
export const DISK_FAULTS: readonly Fault[] = [
  {
    ...DISK,
    name: 'postgres-slow-fsync',
    matrix: 'F16',
    sentence: 'Postgres waits for the disk, as it does not otherwise in a run, 300 to 2000 ms each time',
    lastsMs: [2000, 5000],
    apply: async (site, _target, random) => {
      const ms = 300 + random.int(1701);
      const tracer = await traceCalls(site.postgres, SYNCS, `delay_exit=${ms}000`);
      const undo = async (): Promise<string> => {
        const waits = await tracer.stop();
        await recovered(site);
        await switchFsync(site.pool, 'off');
        return `${waits} waits of ${ms} ms`;
      };
      try {
        await switchFsync(site.pool, 'on');
        await waitFor(() => isSlow(site, ms), { intervalMs: 10, describe: 'a commit to wait for the disk' });
      } catch (error) {
        await undo();
        throw error;
      }
      return undo;
    },
  },
  {
    ...DISK,
    name: 'postgres-disk-full',
    matrix: 'F17',
    sentence:
      'the disk of Postgres is full: it panics, cannot recover, and is started again when there is room',
    lastsMs: [500, 3000],
    apply: async (site) => {
      const tracer = await traceCalls(site.postgres, WRITES, 'error=ENOSPC');
      return async () => {
        const refused = await tracer.stop();
        await recovered(site);
        return `${refused} writes refused`;
      };
    },
  },
];

/** A session reads the new setting when it next has something to do, which may be after a commit. */
async function isSlow({ pool }: Site, ms: number): Promise<boolean> {
  const startedAtMs = performance.now();
  await pool.query("SELECT pg_logical_emit_message(true, 'nemesis', 'slow?')");
  return performance.now() - startedAtMs >= ms;
}

/** It may be in the middle of its end: then it is there now, and has to be started in a moment. */
async function recovered({ postgres, pool }: Site): Promise<void> {
  const answers = async (): Promise<boolean> => {
    await bringUp(postgres);
    await pool.query('SELECT');
    return true;
  };
  await waitFor(answers, { timeoutMs: RECOVERY_LIMIT_MS, intervalMs: 50, describe: 'Postgres to recover' });
}
