import { type SeededRandom, seededRandom } from '../random.ts';
import { KINDS } from '../site/site.interface.ts';
import type { Choice, PlannedRequest } from './request.interface.ts';

/** Of a hundred requests. What a customer lacks the ground for (nothing to cancel) becomes a create. */
export const MIX: readonly (readonly [Choice, number])[] = [
  ['create', 40],
  ['repeat', 8],
  ['cancel', 13],
  ['accept', 14],
  ['start', 3],
  ['complete', 2],
  ['dispatched', 2],
  ['find-active', 9],
  ['get', 6],
  ['cancel-ended', 2],
  ['accept-ended', 1],
];
const CHOICES = MIX.flatMap(([choice, weight]) => Array.from({ length: weight }, () => choice));

const RPC_SHARE = 0.2;
const CREATE_KEY_SHARE = 0.5;
const ACCEPT_KEY_SHARE = 0.3;
const REPEAT_KNOWN_SHARE = 0.1;
const RETURN_SHARE = 0.05;
const REPLACE_SHARE = 0.05;
const FILL_SHARE = 0.7;
const OPERATOR_SHARE = 0.2;
/** Of all requests; a customer who has never been seen takes other ways than one with a row and a key. */
const FRESH_SHARE = 0.1;
/** Of the requests of fresh customers: about one of these who came last. */
const FRESH_AGAIN_SHARE = 0.4;
const FRESH_REMEMBERED = 20;
/** A tenth of the hot customers gets half of their requests: the others' broadcasts are left to expire. */
const HOTTEST_SHARE = 0.5;
const HOTTEST_PART = 10;
/** Several creates of one customer at one instant: at a few hundred customers chance alone would hardly bring two together. */
const STORM_SHARE = 0.02;
const STORM_SIZES = [2, 3, 4, 8];
const TRANSPORTERS = 40;
const TRUCKS = [1, 1, 1, 2, 2, 3, 4];

export interface PlanOptions {
  readonly seed: number;
  /** Requests a second on average; the gaps between two are exponential, as those of strangers are. */
  readonly ratePerSecond: number;
  readonly hotCustomers: number;
}

/** The customers whom {@link planRequests} comes back to. */
export function hotCustomersOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `hot-${index}`);
}

/** An endless schedule, in the order of time. The same options give the same requests. */
export function* planRequests(options: PlanOptions): Generator<PlannedRequest, never> {
  const random = seededRandom(options.seed);
  const gaps = random.fork();
  const draws = random.fork();
  const nextCustomer = customerSource(random.fork(), options.hotCustomers);
  let dueAfterMs = 0;
  let storm = { left: 0, customerId: '' };
  let owedMs = 0;
  for (let number = 0; ; number += 1) {
    owedMs += (-Math.log(1 - gaps.fraction()) * 1000) / options.ratePerSecond;
    // Those of a storm come at once; their gaps are kept for the request after it, so that the rate stays.
    if (storm.left === 0) {
      dueAfterMs += owedMs;
      owedMs = 0;
      const begins = draws.chance(STORM_SHARE);
      storm = { left: begins ? draws.pick(STORM_SIZES) : 1, customerId: nextCustomer() };
      const planned = plan(options.seed, draws, { number, dueAfterMs, customerId: storm.customerId });
      yield begins ? { ...planned, choice: 'create' } : planned;
    } else {
      const planned = plan(options.seed, draws, { number, dueAfterMs, customerId: storm.customerId });
      yield { ...planned, choice: 'create' };
    }
    storm.left -= 1;
  }
}

function plan(
  seed: number,
  random: SeededRandom,
  place: Pick<PlannedRequest, 'number' | 'dueAfterMs' | 'customerId'>,
): PlannedRequest {
  const choice = random.pick(CHOICES);
  const policy = random.fraction();
  const hasKey = random.chance(choice === 'accept' ? ACCEPT_KEY_SHARE : CREATE_KEY_SHARE);
  return {
    ...place,
    choice,
    kind: random.pick(KINDS),
    transport: random.chance(RPC_SHARE) ? 'rpc' : 'http',
    replica: random.int(1 << 20),
    trucks: random.pick(TRUCKS),
    fill: random.chance(FILL_SHARE),
    onActive: policy < RETURN_SHARE ? 'return' : policy < RETURN_SHARE + REPLACE_SHARE ? 'replace' : null,
    idempotencyKey: hasKey ? `key-${seed}-${place.number}` : null,
    repeatOnceKnown: random.chance(REPEAT_KNOWN_SHARE),
    transporterId: `transporter-${random.int(TRANSPORTERS)}`,
    byOperator: random.chance(OPERATOR_SHARE),
  };
}

function customerSource(random: SeededRandom, hotCount: number): () => string {
  const hot = hotCustomersOf(hotCount);
  const hottest = hot.slice(0, Math.ceil(hotCount / HOTTEST_PART));
  let fresh = 0;
  return () => {
    if (!random.chance(FRESH_SHARE)) return random.pick(random.chance(HOTTEST_SHARE) ? hottest : hot);
    if (fresh > 0 && random.chance(FRESH_AGAIN_SHARE))
      return `fresh-${fresh - 1 - random.int(Math.min(fresh, FRESH_REMEMBERED))}`;
    fresh += 1;
    return `fresh-${fresh - 1}`;
  };
}
