/** A row of one of the kinds. */
export interface BroadcastRow {
  readonly kind: string;
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly trucksNeeded: number;
  readonly trucksFilled: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

export interface SlotRow {
  readonly kind: string;
  readonly id: string;
}

export interface OutboxEntry {
  readonly id: number;
  readonly eventId: string;
  readonly type: 'opened' | 'terminal';
  readonly kind: string;
  readonly broadcastId: string;
  readonly customerId: string;
  readonly status: string;
  readonly occurredAtMs: number;
  readonly attempts: number;
  readonly availableAtMs: number;
  readonly claimedBy: string | null;
  readonly deliveredAtMs: number | null;
}

export interface TransitionRow {
  readonly broadcastId: string;
  readonly from: string | null;
  readonly to: string;
}

/** The tables, with the key of each: id, customer, id, id and transporter, number. */
export interface Tables {
  broadcasts: BroadcastRow;
  slots: SlotRow;
  outbox: OutboxEntry;
  transitions: TransitionRow;
}

export type TableName = keyof Tables;

type Rows = { [T in TableName]: Map<string, Tables[T]> };
/** Null: deleted. */
type Writes = { [T in TableName]: Map<string, Tables[T] | null> };

function emptyMaps(): Rows & Writes {
  return {
    broadcasts: new Map(),
    slots: new Map(),
    outbox: new Map(),
    transitions: new Map(),
  };
}

/** What is committed. */
export const emptyRows = (): Rows => emptyMaps();

/** A transaction up to a savepoint, or from one: what it wrote, and the locks that it took. */
interface Level {
  readonly writes: Writes;
  readonly locks: string[];
}

const emptyLevel = (): Level => ({ writes: emptyMaps(), locks: [] });

/** The writes of one transaction, over what is committed when it is looked at: READ COMMITTED. */
export class TransactionWrites {
  private readonly levels: Level[] = [emptyLevel()];

  constructor(private readonly committed: Rows) {}

  get top(): Level {
    return this.levels[this.levels.length - 1]!;
  }

  get(table: 'broadcasts', key: string): BroadcastRow | undefined;
  get<T extends TableName>(table: T, key: string): Tables[T] | undefined;
  get<T extends TableName>(table: T, key: string): Tables[T] | undefined {
    for (let depth = this.levels.length - 1; depth >= 0; depth--) {
      const written = this.levels[depth]!.writes[table].get(key);
      if (written !== undefined) return written ?? undefined;
    }
    return this.committed[table].get(key);
  }

  list<T extends TableName>(table: T): Tables[T][] {
    const keys = new Set<string>(this.committed[table].keys());
    for (const { writes } of this.levels) for (const key of writes[table].keys()) keys.add(key);
    return [...keys].map((key) => this.get(table, key)).filter((row) => row !== undefined);
  }

  put<T extends TableName>(table: T, key: string, row: Tables[T] | null): void {
    (this.top.writes[table] as Map<string, Tables[T] | null>).set(key, row);
  }

  savepoint(): void {
    this.levels.push(emptyLevel());
  }

  /** @returns the locks that it gives back */
  rollbackToSavepoint(): readonly string[] {
    const { locks } = this.top;
    this.levels[this.levels.length - 1] = emptyLevel();
    return locks;
  }

  releaseSavepoint(): void {
    const level = this.levels.pop()!;
    this.top.locks.push(...level.locks);
    for (const table of Object.keys(level.writes) as TableName[]) {
      for (const [key, row] of level.writes[table]) this.put(table, key, row);
    }
  }

  get depth(): number {
    return this.levels.length - 1;
  }

  /** Makes everything visible at once. @returns the broadcasts that it wrote */
  apply(): BroadcastRow[] {
    while (this.depth > 0) this.releaseSavepoint();
    const { writes } = this.top;
    for (const table of Object.keys(writes) as TableName[]) {
      const rows = this.committed[table] as Map<string, unknown>;
      for (const [key, row] of writes[table]) {
        if (row === null) rows.delete(key);
        else rows.set(key, row);
      }
    }
    return [...writes.broadcasts.values()].filter((row) => row !== null);
  }

  get isEmpty(): boolean {
    return this.levels.every(({ writes }) => Object.values(writes).every(({ size }) => size === 0));
  }

  allLocks(): string[] {
    return this.levels.flatMap(({ locks }) => locks);
  }
}
