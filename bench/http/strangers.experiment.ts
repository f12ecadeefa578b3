import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { bookingTurn } from '../load/booking-turn.ts';
import type { LoadResult } from '../load/load.interface.ts';
import { type Load, startLoad } from '../load/start-load.ts';
import { ratios } from '../report/statistics.ts';
import { startBookingService } from '../site/booking-service.ts';

const CREATES_PER_SECOND = 50;
const HAMMERING_CONNECTIONS = 16;
/** The default of the service, past which a customer gets 429. */
const LIMIT = '20';

/** What the others feel of a customer who asks without a pause. */
export const strangers: Experiment = {
  name: 'strangers',
  sentence: `${CREATES_PER_SECOND} creates a second of other customers, at even distances, while one customer asks on ${HAMMERING_CONNECTIONS} connections without a pause and is refused; and without that.`,
  run: async (context) => {
    const database = await context.createDatabase();
    const [others, hammer] = [startLoad(), startLoad()];
    const service = await startBookingService(context, database.url, {
      RATE_LIMIT_WRITES_PER_SECOND: LIMIT,
    });
    try {
      return await measure(context, service.url, others, hammer);
    } finally {
      others.stop();
      hammer.stop();
      await service.kill();
      await database.drop();
    }
  },
};

async function measure(context: BenchContext, url: string, others: Load, hammer: Load): Promise<Figure[]> {
  const common = {
    url,
    warmUpMs: context.quick ? 500 : 2000,
    measureMs: context.quick ? 1000 : 8000,
  };
  const ask = (label: string): Promise<LoadResult> => {
    const turn = bookingTurn({
      ...common,
      customerPrefix: label,
      connections: 32,
      ratePerSecond: CREATES_PER_SECOND,
      expectedRequests: CREATES_PER_SECOND * 10,
    });
    return others.turn(turn, 201);
  };
  const ring = (): Promise<LoadResult> => {
    const turn = bookingTurn({
      ...common,
      customerPrefix: 'hammering',
      oneCustomer: true,
      connections: HAMMERING_CONNECTIONS,
    });
    return hammer.turn(turn, 201, 409, 429);
  };
  const quiet: number[] = [];
  const hammered: number[] = [];
  if (!context.quick) for (const label of ['cold', 'warm']) await Promise.all([ask(label), ring()]);
  for (let round = 0; round < context.rounds; round += 1) {
    quiet.push((await ask(`quiet-${round}`)).p99Ms);
    const [result, refused] = await Promise.all([ask(`hammered-${round}`), ring()]);
    hammered.push(result.p99Ms);
    context.progress(
      `round ${round + 1}/${context.rounds}: p99 ${quiet.at(-1)!.toFixed(1)} ms, ${result.p99Ms.toFixed(1)} ms beside ${refused.perSecond.toFixed(0)} refusals a second`,
    );
  }
  return [
    {
      what: 'p99 of creates, beside one who hammers / quiet',
      unit: 'ratio',
      rounds: ratios(hammered, quiet),
      target: { atMost: 2 },
    },
    { what: 'p99 of creates, beside one who hammers', unit: 'ms', rounds: hammered, target: null },
    { what: 'p99 of creates, quiet', unit: 'ms', rounds: quiet, target: null },
  ];
}
