import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { setTimeout as pause } from 'node:timers/promises';
import { firstValueFrom, map, race, timer } from 'rxjs';
import { DataSource } from 'typeorm';
import { metrics } from '../customer-broadcast.metrics.ts';
import {
  IdempotencyInProgressException,
  IdempotencyKeyReusedException,
} from '../exceptions/idempotency.exceptions.ts';
import { afterCommit, inTransaction } from '../postgres/transaction.ts';
import {
  type AnswerRecord,
  IdempotencyRepository,
  type IdempotencyScope,
  type RecordedAnswer,
} from './idempotency.repository.ts';

/**
 * How long a repeated request waits for the first one: longer than a create takes under load, so that a double tap gets one
 * answer twice, and short enough to leave the caller time to come again.
 */
const WAIT_MS = 1000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 100;

/** A request that its sender may repeat. */
export interface IdempotentRequest extends IdempotencyScope {
  readonly requestHash: Buffer;
}

/** An answer, and whether it had been given before. */
export interface IdempotentAnswer extends RecordedAnswer {
  readonly replayed: boolean;
}

/** Carries out a request once per key. @see docs/decisions/0005-idempotency.md */
@Injectable()
export class IdempotencyService {
  /** What runs in this process, by what its key belongs to; resolves to whether an answer was kept, never rejects. */
  private readonly running = new Map<string, Promise<boolean>>();

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly repository: IdempotencyRepository,
  ) {}

  /**
   * Runs `execute` in a transaction that also keeps its answer, or gives the answer that was kept. What `execute` throws
   * undoes everything and is not kept: a refusal had no effect, and its repetition may succeed.
   *
   * No connection is held while it waits for another request with this key, and of those that wait in one process only the
   * first asks Postgres: fifty that all ask would delay the one that they wait for.
   *
   * @throws IdempotencyKeyReusedException when the key was used with another request
   * @throws IdempotencyInProgressException when the first request with this key runs for more than a second more
   */
  async run(request: IdempotentRequest, execute: () => Promise<RecordedAnswer>): Promise<IdempotentAnswer> {
    const giveUpAtMs = performance.now() + WAIT_MS;
    const scope = JSON.stringify([request.actorId, request.route, request.key]);
    for (let ahead; (ahead = this.running.get(scope));) {
      const late = timer(giveUpAtMs - performance.now()).pipe(map(() => false));
      const wasKept = await firstValueFrom(race(ahead, late));
      const kept = wasKept ? await this.repository.find(this.dataSource, request) : null;
      if (kept) return replay(request, kept);
      if (performance.now() >= giveUpAtMs) throw inProgress();
    }
    const answer = this.attemptUntil(giveUpAtMs, request, execute).finally(() => this.running.delete(scope));
    const kept = answer.then(
      () => true,
      () => false,
    );
    this.running.set(scope, kept);
    return answer;
  }

  /** Waits for another process that runs a request with this key. */
  private async attemptUntil(
    giveUpAtMs: number,
    request: IdempotentRequest,
    execute: () => Promise<RecordedAnswer>,
  ): Promise<IdempotentAnswer> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const answer = await this.attempt(request, execute);
      if (answer) return answer;
      const leftMs = giveUpAtMs - performance.now();
      if (leftMs <= 0) throw inProgress();
      await pause(Math.min(pauseMs, leftMs));
    }
  }

  /** @returns null when another request with this key is running */
  private async attempt(
    request: IdempotentRequest,
    execute: () => Promise<RecordedAnswer>,
  ): Promise<IdempotentAnswer | null> {
    // Looked up before it is claimed: replays do not wait for each other.
    const kept = await this.repository.find(this.dataSource, request);
    if (kept) return replay(request, kept);
    return inTransaction(this.dataSource, async (on) => {
      if (!(await this.repository.claim(on, request))) return null;
      const keptMeanwhile = await this.repository.find(on, request);
      if (keptMeanwhile) return replay(request, keptMeanwhile);
      const answer = await execute();
      await this.repository.save(on, request, { ...answer, requestHash: request.requestHash });
      await afterCommit(this.dataSource, () => metrics.idempotency.inc({ outcome: 'executed' }));
      return { ...answer, replayed: false };
    });
  }
}

function replay(request: IdempotentRequest, { requestHash, ...answer }: AnswerRecord): IdempotentAnswer {
  const same = requestHash.equals(request.requestHash);
  metrics.idempotency.inc({ outcome: same ? 'replayed' : 'reused' });
  if (!same) throw new IdempotencyKeyReusedException();
  return { ...answer, replayed: true };
}

function inProgress(): IdempotencyInProgressException {
  metrics.idempotency.inc({ outcome: 'in_progress' });
  return new IdempotencyInProgressException();
}
