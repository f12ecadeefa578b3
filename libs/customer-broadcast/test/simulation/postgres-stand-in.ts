import { type BroadcastRow, emptyRows, TransactionWrites } from './postgres-tables.ts';
import type { World } from './world.ts';

/** What is switched off, to see whether the simulation notices. */
export interface PostgresSabotage {
  /** Neither the slot's primary key nor the unique indexes of the tables refuse a second active row. */
  readonly noSlotKey?: boolean;
}

/** An error as the server reports it. */
export class ServerError extends Error {
  readonly severity = 'ERROR';

  constructor(
    message: string,
    readonly code: string,
    readonly constraint?: string,
  ) {
    super(message);
  }
}

/** A transaction, or a single statement, which is one too. */
export class Transaction {
  /** A statement failed since the last savepoint: only a rollback is accepted. */
  failed = false;
  waitsFor: Transaction | null = null;
  /** It has a limit for waits, which may or may not pass before it gets what it waits for. */
  isImpatient = false;
  readonly writes: TransactionWrites;

  constructor(
    readonly database: PostgresServer,
    readonly who: string,
  ) {
    this.writes = new TransactionWrites(database.committed);
  }

  /**
   * Locks a row, or an entry of a unique index, until the transaction (or its savepoint) ends. Waits for whoever has it.
   *
   * @throws ServerError 40P01 when the two would wait for each other, 55P03 when the wait has lasted too long
   */
  async lock(resource: string): Promise<void> {
    const { locks } = this.database;
    for (;;) {
      const holder = locks.get(resource);
      if (holder === this) return;
      if (!holder) break;
      for (let other: Transaction | null = holder; other; other = other.waitsFor) {
        if (other === this) throw new ServerError('deadlock detected', '40P01');
      }
      this.waitsFor = holder;
      const isFree = await this.database.untilFree(resource, this.who, this.isImpatient);
      this.waitsFor = null;
      if (!isFree) throw new ServerError('canceling statement due to lock timeout', '55P03');
    }
    locks.set(resource, this);
    this.writes.top.locks.push(resource);
  }

  isLockedByAnother(resource: string): boolean {
    const holder = this.database.locks.get(resource);
    return holder !== undefined && holder !== this;
  }
}

/**
 * What matters of Postgres here: rows of two kinds, slots, history, outbox; transactions at READ COMMITTED with savepoints,
 * row locks, waits on unique keys, and deadlocks. The statements are in postgres-statements.ts.
 */
export class PostgresServer {
  readonly committed = emptyRows();
  readonly locks = new Map<string, Transaction>();
  /** Called with the rows that a commit wrote. */
  onCommit: (rows: readonly BroadcastRow[]) => void = () => undefined;
  private readonly sequences = new Map<string, number>();
  private readonly waiters = new Map<string, (() => void)[]>();

  constructor(
    readonly world: World,
    readonly sabotage: PostgresSabotage,
  ) {}

  get nowMs(): number {
    return this.world.clock.nowMs;
  }

  /** Sequences do not roll back. */
  next(sequence: string): number {
    const value = (this.sequences.get(sequence) ?? 0) + 1;
    this.sequences.set(sequence, value);
    return value;
  }

  /** @returns false when it may give up and has */
  untilFree(resource: string, who: string, mayGiveUp: boolean): Promise<boolean> {
    this.world.note(`waits for ${resource}`);
    return new Promise((resolve) => {
      const waiting = this.waiters.get(resource) ?? [];
      waiting.push(() =>
        this.world.schedule(`postgres: ${who} goes on after ${resource}`, () => resolve(true)),
      );
      this.waiters.set(resource, waiting);
      if (mayGiveUp)
        this.world.schedule(`postgres: ${who} has waited for ${resource} for too long`, () => resolve(false));
    });
  }

  commit(transaction: Transaction): void {
    const { writes } = transaction;
    const locks = writes.allLocks();
    const changed = writes.apply();
    this.unlock(locks);
    this.onCommit(changed);
  }

  rollback(transaction: Transaction): void {
    this.unlock(transaction.writes.allLocks());
  }

  unlock(resources: readonly string[]): void {
    for (const resource of resources) {
      this.locks.delete(resource);
      const waiting = this.waiters.get(resource);
      this.waiters.delete(resource);
      for (const goOn of waiting ?? []) goOn();
    }
  }

  activeRows(): BroadcastRow[] {
    return [...this.committed.broadcasts.values()].filter((row) => isActive(row));
  }
}

const ACTIVE = new Set<string>(['created', 'broadcasting', 'active', 'partially_filled']);

export function isActive(row: BroadcastRow | undefined): row is BroadcastRow {
  return row !== undefined && ACTIVE.has(row.status);
}
