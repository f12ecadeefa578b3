import type { ServiceProcess } from '../../test/support/service-process.ts';
import { waitFor } from '../../test/support/wait.ts';
import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { startLoad } from '../load/start-load.ts';
import { startContender } from '../http/start-contenders.ts';
import { residentMb } from './service-memory.ts';
import { startBookingService } from '../site/booking-service.ts';
import { bookingTurn } from '../load/booking-turn.ts';

const CREATES_PER_SECOND = 400;
const CREATES_SECONDS = 30;

interface Measured {
  readonly readyAfterSeconds: number;
  readonly restingMb: number;
  readonly busyMb: number;
  readonly bareRestingMb: number;
  readonly bareBusyMb: number;
}

/** What one process of the booking service needs, with its background work. */
export const serviceProcess: Experiment = {
  name: 'process',
  sentence: `A booking service: from its start until /health/ready says ok, and its memory then and after ${CREATES_SECONDS} s of ${CREATES_PER_SECOND} creates a second; and the memory of a service with the bare create, the same.`,
  run: async (context) => {
    const rounds: Measured[] = [];
    for (let round = 0; round < context.rounds; round += 1) {
      const measured = { ...(await measure(context)), ...(await measureBare(context)) };
      rounds.push(measured);
      context.progress(
        `round ${round + 1}/${context.rounds}: ready after ${measured.readyAfterSeconds.toFixed(2)} s, ${measured.restingMb.toFixed(0)} MB, then ${measured.busyMb.toFixed(0)} MB, bare ${measured.bareRestingMb.toFixed(0)} MB, then ${measured.bareBusyMb.toFixed(0)} MB`,
      );
    }
    const figure = (what: string, unit: Figure['unit'], of: keyof Measured, atMost?: number): Figure => ({
      what,
      unit,
      rounds: rounds.map((one) => one[of]),
      target: atMost === undefined ? null : { atMost },
    });
    return [
      figure('process start to ready', 's', 'readyAfterSeconds', 2),
      figure('memory when ready', 'MB', 'restingMb', 160),
      figure('memory when ready, bare', 'MB', 'bareRestingMb'),
      figure('memory after the creates', 'MB', 'busyMb', 160),
      figure('memory after the creates, bare', 'MB', 'bareBusyMb'),
    ];
  },
};

async function measure(
  context: BenchContext,
): Promise<Pick<Measured, 'readyAfterSeconds' | 'restingMb' | 'busyMb'>> {
  const database = await context.createDatabase();
  let service: ServiceProcess<string> | undefined;
  try {
    const startedAtMs = performance.now();
    service = await startBookingService(context, database.url);
    const { url, pid } = service;
    await waitFor(async () => (await (await fetch(`${url}/health/ready`)).text()) === '{"status":"ok"}', {
      timeoutMs: 30_000,
      intervalMs: 10,
    });
    const readyAfterSeconds = (performance.now() - startedAtMs) / 1000;
    const restingMb = residentMb(pid);
    await create(context, url);
    return { readyAfterSeconds, restingMb, busyMb: residentMb(pid) };
  } finally {
    await service?.stop();
    await database.drop();
  }
}

/** What of the memory is not the guard's. */
async function measureBare(context: BenchContext): Promise<Pick<Measured, 'bareRestingMb' | 'bareBusyMb'>> {
  const bare = await startContender(context, 'bare');
  const { url, pid } = bare.process;
  try {
    const bareRestingMb = residentMb(pid);
    await create(context, url);
    return { bareRestingMb, bareBusyMb: residentMb(pid) };
  } finally {
    await bare.stop();
  }
}

async function create(context: BenchContext, url: string): Promise<void> {
  const load = startLoad();
  const measureMs = context.quick ? 1000 : CREATES_SECONDS * 1000;
  try {
    await load.turn(
      bookingTurn({
        url,
        customerPrefix: 'memory',
        connections: 64,
        measureMs,
        ratePerSecond: CREATES_PER_SECOND,
        expectedRequests: (CREATES_PER_SECOND * measureMs) / 1000,
      }),
      201,
    );
  } finally {
    load.stop();
  }
}
