import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { inTurn } from '../in-turn.ts';
import { bookingTurn } from '../load/booking-turn.ts';
import type { LoadResult } from '../load/load.interface.ts';
import type { Load } from '../load/start-load.ts';
import { median, ratios } from '../report/statistics.ts';
import { type Contender, type ContenderName, CONTENDERS, withContenders } from './start-contenders.ts';

/** They saturate every contender. With 32, ours leaves a third of the processors idle; `growth` has ours beside bare for others. */
const CONNECTIONS = 128;
const OPEN_LOOP_CONNECTIONS = 256;
const PEAK_MS = 6000;
/** So long that one stall of a shared machine is less than a hundredth of it: in six seconds the p99 was that stall, or was not. */
const EVEN_MS = 15_000;
/** Of a peak: at this part no contender's queue grows. */
const LOAD_PART = 0.7;
const PEAKS = { slowest: "the slowest's peak", own: 'its own peak' } as const;
/** More than any contender answers: a token that is signed in mid-turn takes processor time from it. */
const SIGNED_PER_SECOND = 10_000;

interface Turns {
  readonly perSecond: number[];
  /** The same, when the time counts too until everything that a turn's creates led to is done. */
  readonly untilDonePerSecond: number[];
  /** At {@link LOAD_PART} of what the slowest can do: the same rate for every contender. */
  readonly p99Ms: number[];
  /** At {@link LOAD_PART} of what it can do itself: as busy as every contender. */
  readonly ownP99Ms: number[];
  readonly settleSeconds: number[];
}

/** Creates of fresh customers over HTTP: what each contender can do, and how long it takes at one rate for all. */
export const http: Experiment = {
  name: 'http',
  sentence: `POST /v1/bookings of fresh customers: ${CONNECTIONS} connections that never pause, then ${LOAD_PART * 100} % of what the slowest can do, and of what each can do itself, at even distances, timed from when a request was due.`,
  run: (context) =>
    withContenders(context, CONTENDERS, async (contenders, load) =>
      toFigures(await measure(context, contenders, load)),
    ),
};

interface Answered extends LoadResult {
  readonly settleSeconds: number;
}

async function measure(
  context: BenchContext,
  contenders: readonly Contender[],
  load: Load,
): Promise<Record<ContenderName, Turns>> {
  const all = Object.fromEntries(
    contenders.map(({ name }) => [
      name,
      { perSecond: [], untilDonePerSecond: [], p99Ms: [], ownP99Ms: [], settleSeconds: [] },
    ]),
  ) as unknown as Record<ContenderName, Turns>;
  const warmUpMs = context.quick ? 300 : 2000;
  const [peakMs, evenMs] = context.quick ? [700, 700] : [PEAK_MS, EVEN_MS];
  const ask = async (contender: Contender, label: string, rate: number | null): Promise<Answered> => {
    await contender.process.resume();
    const measureMs = rate === null ? peakMs : evenMs;
    const turn = bookingTurn({
      url: contender.process.url,
      customerPrefix: `${contender.name}-${label}`,
      connections: rate === null ? CONNECTIONS : OPEN_LOOP_CONNECTIONS,
      warmUpMs,
      measureMs,
      ratePerSecond: rate,
      expectedRequests: ((rate ?? SIGNED_PER_SECOND) * (warmUpMs + measureMs)) / 1000,
    });
    const result = await load.turn(turn, contender.name === 'validate' ? 200 : 201);
    const settleSeconds = await contender.settle();
    await contender.process.pause();
    return { ...result, settleSeconds };
  };

  if (!context.quick)
    for (const label of ['cold', 'warmer', 'warm'])
      for (const contender of contenders) await ask(contender, label, null);
  for (let round = 0; round < context.rounds; round++) {
    for (const contender of inTurn(contenders, round)) {
      const { perSecond, settleSeconds } = await ask(contender, `peak-${round}`, null);
      const turns = all[contender.name];
      turns.perSecond.push(perSecond);
      turns.settleSeconds.push(settleSeconds);
      const seconds = (warmUpMs + peakMs) / 1000;
      turns.untilDonePerSecond.push((perSecond * seconds) / (seconds + settleSeconds));
      context.progress(
        `round ${round + 1}/${context.rounds}, ${contender.name}: ${perSecond.toFixed(0)} a second`,
      );
    }
  }
  const peakOf = (name: ContenderName): number => median(all[name].perSecond);
  const slowest = Math.min(...CONTENDERS.map(peakOf));
  const askEvenly = async (label: string, into: 'p99Ms' | 'ownP99Ms', peak: typeof peakOf): Promise<void> => {
    for (let round = 0; round < context.rounds; round++) {
      for (const contender of inTurn(contenders, round)) {
        if (contender.name === 'validate') continue;
        const rate = LOAD_PART * peak(contender.name);
        const { p99Ms } = await ask(contender, `${label}-${round}`, rate);
        all[contender.name][into].push(p99Ms);
        context.progress(
          `round ${round + 1}/${context.rounds}, ${contender.name} at ${rate.toFixed(0)} a second: p99 ${p99Ms.toFixed(1)} ms`,
        );
      }
    }
  };
  await askEvenly('even', 'p99Ms', () => slowest);
  await askEvenly('own', 'ownP99Ms', peakOf);
  return all;
}

function toFigures(all: Record<ContenderName, Turns>): Figure[] {
  const throughput = (upper: ContenderName, lower: ContenderName, atLeast: number | null): Figure => ({
    what: `throughput, ${upper} / ${lower}`,
    unit: 'ratio',
    rounds: ratios(all[upper].perSecond, all[lower].perSecond),
    target: atLeast === null ? null : { atLeast },
  });
  const latency = (
    upper: ContenderName,
    lower: ContenderName,
    of: 'slowest' | 'own',
    atMost: number | null,
  ): Figure => {
    const p99Of = (one: ContenderName): number[] => all[one][of === 'own' ? 'ownP99Ms' : 'p99Ms'];
    return {
      what: `p99 at 70 % of ${PEAKS[of]}, ${upper} / ${lower}`,
      unit: 'ratio',
      rounds: ratios(p99Of(upper), p99Of(lower)),
      target: atMost === null ? null : { atMost },
    };
  };
  const made = CONTENDERS.filter((name) => name !== 'validate');
  return [
    throughput('ours-1', 'bare', 0.9),
    throughput('ours-3', 'bare', 0.8),
    throughput('ours-1', 'plan', 2.5),
    throughput('tables', 'bare', null),
    throughput('ours-1', 'tables', null),
    throughput('steps', 'bare', null),
    throughput('ours-1', 'steps', null),
    {
      what: 'throughput with all that follows, ours-1 / bare',
      unit: 'ratio',
      rounds: ratios(all['ours-1'].untilDonePerSecond, all.bare.untilDonePerSecond),
      target: null,
    },
    ...(['slowest', 'own'] as const).flatMap((of) => [
      latency('ours-1', 'bare', of, 1.25),
      ...(['ours-3', 'plan', 'tables', 'steps'] as const).map((name) => latency(name, 'bare', of, null)),
      latency('ours-1', 'steps', of, null),
    ]),
    ...CONTENDERS.map((name) => plain(`throughput, ${name}`, 'per second', all[name].perSecond)),
    ...made.map((name) => plain(`p99 at 70 % of ${PEAKS.slowest}, ${name}`, 'ms', all[name].p99Ms)),
    ...made.map((name) => plain(`p99 at 70 % of ${PEAKS.own}, ${name}`, 'ms', all[name].ownP99Ms)),
    plain('until what a turn at full speed left is done, ours-1', 's', all['ours-1'].settleSeconds),
  ];
}

function plain(what: string, unit: Figure['unit'], rounds: readonly number[]): Figure {
  return { what, unit, rounds, target: null };
}
