import { carryOut } from './postgres-statements.ts';
import { type PostgresServer, ServerError, Transaction } from './postgres-stand-in.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

interface Answer {
  readonly rows: readonly object[];
  readonly rowCount: number;
  readonly command?: string;
}

type Query = string | { readonly name: string; readonly values: readonly unknown[] };

/**
 * A connection, with the server's end of it. A statement arrives in one step, a write commits in a second one, and its reply
 * comes in a third. If the process dies, what it has sent is still carried out, and then its transaction is rolled back.
 */
export class PostgresSession {
  broken = false;
  private transaction: Transaction | null = null;
  private busy: Promise<void> = Promise.resolve();

  constructor(
    private readonly server: PostgresServer,
    private readonly process: SimulatedProcess,
    private readonly world: World,
    private readonly pool: PostgresPool,
  ) {}

  query(query: Query): Promise<Answer> {
    const text = typeof query === 'string' ? query : query.name;
    if (this.broken)
      return Promise.reject(new Error('Client has encountered a connection error and is not queryable'));
    return new Promise((resolve, reject) => {
      this.world.schedule(`postgres gets from ${this.process.name}: ${text}`, () => {
        this.busy = this.busy
          .then(() => this.answer(query))
          .then(({ answer, error }) => {
            if (error && !(error instanceof ServerError)) {
              this.world.attempt(() => {
                throw error;
              });
              return;
            }
            this.world.note(
              `postgres to ${this.process.name}: ${error ? error.message : JSON.stringify(answer?.rows)}`,
            );
            const lost = this.broken || this.pool.takeLoss();
            if (lost) this.close();
            this.process.receive(`hears from postgres: ${lost ? 'connection lost' : text}`, () => {
              if (lost) reject(new Error('Connection terminated unexpectedly'));
              else if (error) reject(error);
              else resolve(answer!);
            });
          });
      });
    });
  }

  on(): this {
    return this;
  }

  off(): this {
    return this;
  }

  removeListener(): this {
    return this;
  }

  release = (_broken?: unknown): void => undefined;

  /** The server has noticed that the client is gone; after the statement that it is busy with. */
  disconnect(): void {
    this.broken = true;
    this.world.schedule(`postgres notices that ${this.process.name} is gone`, () => {
      this.busy = this.busy.then(() => this.close());
    });
  }

  private close(): void {
    this.broken = true;
    this.pool.forget(this);
    if (this.transaction) this.server.rollback(this.transaction);
    this.transaction = null;
  }

  private async answer(query: Query): Promise<{ answer?: Answer; error?: Error }> {
    try {
      return { answer: await this.execute(query) };
    } catch (error) {
      return { error: error as Error };
    }
  }

  private async execute(query: Query): Promise<Answer> {
    if (typeof query === 'string') return this.control(query);
    const { transaction } = this;
    if (!transaction) return this.executeAlone(query);
    if (transaction.failed) throw new ServerError('current transaction is aborted', '25P02');
    try {
      return await carryOut(transaction, query.name, query.values);
    } catch (error) {
      transaction.failed = true;
      throw error;
    }
  }

  private async executeAlone({ name, values }: Exclude<Query, string>): Promise<Answer> {
    const alone = new Transaction(this.server, this.process.name);
    try {
      const answer = await carryOut(alone, name, values);
      if (alone.writes.isEmpty && alone.writes.allLocks().length === 0) return answer;
      await new Promise<void>((resolve) =>
        this.world.schedule(`postgres commits ${name} of ${this.process.name}`, resolve),
      );
      this.server.commit(alone);
      return answer;
    } catch (error) {
      this.server.rollback(alone);
      throw error;
    }
  }

  private control(text: string): Answer {
    const done: Answer = { rows: [], rowCount: 0, command: text };
    if (text === 'START TRANSACTION') {
      this.transaction = new Transaction(this.server, this.process.name);
      return done;
    }
    const { transaction } = this;
    if (!transaction) return done;
    if (text.startsWith('ROLLBACK TO')) {
      this.server.unlock(transaction.writes.rollbackToSavepoint());
      transaction.failed = false;
    } else if (text === 'ROLLBACK' || (text === 'COMMIT' && transaction.failed)) {
      this.server.rollback(transaction);
      this.transaction = null;
    } else if (transaction.failed) {
      throw new ServerError('current transaction is aborted', '25P02');
    } else if (text.startsWith('SAVEPOINT')) {
      transaction.writes.savepoint();
    } else if (text.startsWith('RELEASE')) {
      transaction.writes.releaseSavepoint();
    } else if (text === 'COMMIT') {
      this.server.commit(transaction);
      this.transaction = null;
    } else {
      throw new Error(`The simulation does not know '${text}'.`);
    }
    return done;
  }
}

/** The pool that TypeORM's driver would have: always a connection at hand. */
export class PostgresPool {
  /** Set by a fault: the next statement is carried out, committed even, but the process does not hear of it. */
  losesAcknowledgement = false;
  private readonly idle: PostgresSession[] = [];
  private readonly open = new Set<PostgresSession>();

  constructor(
    private readonly server: PostgresServer,
    private readonly process: SimulatedProcess,
    private readonly world: World,
  ) {
    process.onDeath.push(() => {
      for (const session of this.open) session.disconnect();
    });
  }

  connect(
    callback?: (error: null, session: PostgresSession, release: (error?: unknown) => void) => void,
  ): Promise<PostgresSession> | undefined {
    const session = this.idle.pop() ?? new PostgresSession(this.server, this.process, this.world, this);
    this.open.add(session);
    session.release = (broken) => {
      if (!broken && !session.broken) this.idle.push(session);
    };
    if (!callback) return Promise.resolve(session);
    callback(null, session, session.release);
    return undefined;
  }

  /** Whether the next answer is lost with its connection. */
  takeLoss(): boolean {
    const loses = this.losesAcknowledgement;
    this.losesAcknowledgement = false;
    return loses;
  }

  forget(session: PostgresSession): void {
    this.open.delete(session);
  }
}
