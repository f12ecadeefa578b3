import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { type Load, startLoad } from '../load/start-load.ts';
import { median } from '../report/statistics.ts';
import { residentMb } from './service-memory.ts';
import { startBookingService } from '../site/booking-service.ts';
import { bookingTurn } from '../load/booking-turn.ts';

const CONNECTIONS = 32;
const MILLION = 1_000_000;
/** The last of them, with one look a second, are what a count's memory is the median of: collections make it go up and down. */
const LOOKS = 60;

/** Whether a process that never rests grows. */
export const memory: Experiment = {
  name: 'memory',
  sentence: `A million creates at one booking service from ${CONNECTIONS} connections that never pause: its memory after half of them and after all, the median of a minute each. Once.`,
  takesLong: true,
  run: async (context) => {
    const database = await context.createDatabase();
    const load = startLoad();
    const service = await startBookingService(context, database.url);
    try {
      const total = context.quick ? MILLION / 250 : MILLION;
      const looks: number[] = [];
      const timer = setInterval(() => looks.push(residentMb(service.pid)), 1000);
      try {
        const half = await createUntil(context, load, service.url, total / 2, 0);
        const halfMb = median(looks.slice(-LOOKS));
        await createUntil(context, load, service.url, total, half);
        return toFigures(halfMb, median(looks.slice(-LOOKS)));
      } finally {
        clearInterval(timer);
      }
    } finally {
      load.stop();
      await service.kill();
      await database.drop();
    }
  },
};

/** @returns how many creates there have been */
async function createUntil(
  context: BenchContext,
  load: Load,
  url: string,
  wanted: number,
  done: number,
): Promise<number> {
  let created = done;
  while (created < wanted) {
    const { statuses } = await load.turn(
      bookingTurn({
        url,
        customerPrefix: `memory-${created}`,
        connections: CONNECTIONS,
        measureMs: context.quick ? 2000 : 15_000,
        expectedRequests: 2000,
      }),
      201,
    );
    created += statuses['201'] ?? 0;
    context.progress(`${created} of ${wanted} creates`);
  }
  return created;
}

function toFigures(halfMb: number, allMb: number): Figure[] {
  return [
    { what: 'growth over the second half', unit: 'MB', rounds: [allMb - halfMb], target: { atMost: 10 } },
    { what: 'memory after half of them', unit: 'MB', rounds: [halfMb], target: null },
    { what: 'memory after all', unit: 'MB', rounds: [allMb], target: null },
  ];
}
