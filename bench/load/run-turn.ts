import { setTimeout as delay } from 'node:timers/promises';

import { percentile } from '../report/statistics.ts';
import { HttpConnection, toRequest } from './http-connection.ts';
import type { LoadResult, LoadTurn } from './load.interface.ts';
import { signToken } from './token.ts';

/** Opens the connections, signs the tokens, and asks until the time is over. @throws Error when a connection breaks */
export async function runTurn(turn: LoadTurn): Promise<LoadResult> {
  const nextRequest = prepare(turn);
  const connections = await Promise.all(
    Array.from({ length: turn.connections }, () => HttpConnection.open(turn.url)),
  );
  try {
    const log = new AnswerLog(performance.now() + turn.warmUpMs, turn.measureMs);
    const workers = turn.ratePerSecond === null ? closedLoop : openLoop;
    await Promise.all(workers(turn, connections, nextRequest, log));
    return log.result();
  } finally {
    for (const connection of connections) connection.close();
  }
}

function prepare(turn: LoadTurn): () => string {
  let used = 0;
  const request = (customerId: string): string =>
    toRequest(turn.url, turn.path, signToken(turn.secret, customerId), turn.body);
  if (turn.oneCustomer) {
    const only = request(turn.customerPrefix);
    return () => only;
  }
  const make = (index: number): string => request(`${turn.customerPrefix}-${index}`);
  const ready = Array.from({ length: turn.expectedRequests }, (_, index) => make(index));
  const fresh = (): string => ready[used++] ?? make(used);
  const { part, customers } = turn.again ?? { part: 0, customers: [] };
  const known = part === 0 ? [] : customers.map(request);
  let asked = 0;
  let askedAgain = 0;
  return () => {
    asked += 1;
    // Spread evenly: the n-th of them is due when n / part requests have been.
    if (askedAgain + 1 > asked * part) return fresh();
    return known[askedAgain++ % known.length]!;
  };
}

/** Each connection asks again as soon as it has an answer: what the service can do at most. */
function closedLoop(
  _turn: LoadTurn,
  connections: readonly HttpConnection[],
  nextRequest: () => string,
  log: AnswerLog,
): Promise<void>[] {
  return connections.map(async (connection) => {
    while (!log.isOver()) {
      const dueAtMs = performance.now();
      const status = await connection.send(nextRequest());
      log.add(status, dueAtMs, performance.now());
    }
  });
}

/**
 * Requests are due at even distances whatever the answers do, and their time runs from then. A connection that finds none due sleeps
 * until the next one; the timer's millisecond is in every contender's figures alike. All that is due before the end is asked
 * and counts, however late its answer is; what is due after it is not asked, and not waited for.
 */
function openLoop(
  { ratePerSecond, measureMs }: LoadTurn,
  connections: readonly HttpConnection[],
  nextRequest: () => string,
  log: AnswerLog,
): Promise<void>[] {
  const startedAtMs = performance.now();
  // However low the rate is: one at least is due while it is measured.
  const distanceMs = Math.min(1000 / ratePerSecond!, measureMs);
  let taken = 0;
  return connections.map(async (connection) => {
    for (;;) {
      const dueAtMs = startedAtMs + taken++ * distanceMs;
      if (log.isOverAt(dueAtMs)) return;
      await until(dueAtMs);
      const status = await connection.send(nextRequest());
      log.add(status, dueAtMs, dueAtMs);
    }
  });
}

/** Never earlier, though a timer may be, by less than its millisecond. */
async function until(dueAtMs: number): Promise<void> {
  for (;;) {
    const earlyMs = dueAtMs - performance.now();
    if (earlyMs <= 0) return;
    await delay(earlyMs);
  }
}

class AnswerLog {
  readonly #fromMs: number;
  readonly #untilMs: number;
  readonly #latencies: number[] = [];
  readonly #statuses: Record<string, number> = {};
  #lastMs: number;

  constructor(fromMs: number, measureMs: number) {
    this.#fromMs = fromMs;
    this.#untilMs = fromMs + measureMs;
    this.#lastMs = this.#untilMs;
  }

  /** Not before one answer counts: a machine that stands still makes a turn longer, and no figure of nothing. */
  isOver(): boolean {
    return this.isOverAt(performance.now()) && this.#latencies.length > 0;
  }

  isOverAt(ms: number): boolean {
    return ms >= this.#untilMs;
  }

  /** @param countedAtMs the instant that decides whether it is measured: of the answer, or when the request was due */
  add(status: number, dueAtMs: number, countedAtMs: number): void {
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    const isFirst = this.#latencies.length === 0;
    if (countedAtMs < this.#fromMs || (this.isOverAt(countedAtMs) && !isFirst)) return;
    this.#latencies.push(performance.now() - dueAtMs);
    this.#lastMs = Math.max(this.#lastMs, countedAtMs);
  }

  result(): LoadResult {
    return {
      perSecond: this.#latencies.length / ((this.#lastMs - this.#fromMs) / 1000),
      p50Ms: percentile(this.#latencies, 0.5),
      p99Ms: percentile(this.#latencies, 0.99),
      statuses: this.#statuses,
    };
  }
}
