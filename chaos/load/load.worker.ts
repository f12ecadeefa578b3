import { setTimeout as pause } from 'node:timers/promises';

import type { HistoryRecorder } from '../history/history.recorder.ts';
import type { Operation } from '../history/operation.interface.ts';
import { nowMs } from '../site/run-clock.ts';
import type { CustomerKnowledge } from './customer-knowledge.ts';
import { endingOf } from './outcome.ts';
import type { Call, Caller, PlannedRequest } from './request.interface.ts';
import { toCall } from './request-target.ts';

/** A client repeats until it knows, but not for ever. */
const MAX_REPEATS = 5;
/** The first repeat is immediate; then doubled. With all of them a fast refusal (503) is outlived for 1.5 s. */
const FIRST_PAUSE_MS = 100;

export interface WorkerTools {
  readonly callers: Readonly<Record<Operation['transport'], Caller>>;
  readonly recorder: Pick<HistoryRecorder, 'nextIndex' | 'operation'>;
  /** True once the load is to end: nothing is repeated any more. */
  readonly isStopping: () => boolean;
}

/**
 * One client at a time: sends a request and waits for its end. When an end is unknown the client is counted as lost and a
 * new one takes its place, with a number of its own: the lost one's request may still take effect, while this one asks
 * for the next thing.
 *
 * @see https://github.com/jepsen-io/knossos
 */
export class LoadWorker {
  #number: number;
  readonly #count: number;
  readonly #tools: WorkerTools;

  /** @param count of workers: the new numbers of one never meet those of another */
  constructor(number: number, count: number, tools: WorkerTools) {
    this.#number = number;
    this.#count = count;
    this.#tools = tools;
  }

  /** Carries out the request, with its repeats. Resolves when the last one has ended; never rejects for an answer. */
  async run(planned: PlannedRequest, dueAtMs: number, known: CustomerKnowledge): Promise<void> {
    const call = toCall(planned, known);
    if (call.action === 'create' && call.idempotencyKey !== null) known.lastKeyedCreate = call;
    let outcome = await this.#attempt(call, planned.replica, dueAtMs, known);
    if (call.idempotencyKey === null) return;
    if (outcome === 'ok' && planned.repeatOnceKnown) {
      await this.#attempt(call, planned.replica + 1, nowMs(), known);
      return;
    }
    for (let repeat = 1; repeat <= MAX_REPEATS && outcome === 'info'; repeat += 1) {
      if (repeat > 1) await pause(FIRST_PAUSE_MS * 2 ** (repeat - 2));
      if (this.#tools.isStopping()) return;
      outcome = await this.#attempt(call, planned.replica + repeat, nowMs(), known);
    }
  }

  async #attempt(
    call: Call,
    replica: number,
    dueAtMs: number,
    known: CustomerKnowledge,
  ): Promise<Operation['outcome']> {
    const { recorder, callers } = this.#tools;
    const index = recorder.nextIndex();
    const invokedAtMs = nowMs();
    const reply = await callers[call.transport].send(call, replica);
    const completedAtMs = nowMs();
    const ending = endingOf(call, reply);
    const { transport, action, customerId, kind, idempotencyKey, request, onActive, trucks } = call;
    recorder.operation({
      index,
      worker: this.#number,
      transport,
      action,
      customerId,
      kind,
      actorId: call.actor.sub,
      idempotencyKey,
      request,
      onActive,
      trucks,
      invokedAtMs,
      dueAtMs,
      completedAtMs,
      ...ending,
      sentTo: callers[transport].nameOf(call, replica),
    });
    known.learn(call, ending, reply);
    if (ending.outcome === 'info') this.#number += this.#count;
    return ending.outcome;
  }
}
