import { Logger } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, EntityManager } from 'typeorm';
import { AFTER_COMMIT_FAILED_TEXT } from '../customer-broadcast.messages.ts';

type Action = () => unknown;

interface Consequence {
  readonly onCommit: Action;
  readonly onRollback?: Action;
}

interface AmbientTransaction {
  readonly manager: EntityManager;
  readonly consequences: Consequence[];
  ended: boolean;
}

/** One for each data source: a statement on another database can be no part of it. */
type AmbientTransactions = ReadonlyMap<DataSource, AmbientTransaction>;

/**
 * The transactions of whatever runs now. They reach the statements of a handler without every function in between passing a
 * manager on: an answer that is kept under an idempotency key must be written with the effect, and the code that writes the
 * effect knows nothing of keys.
 *
 * @see docs/decisions/0005-idempotency.md
 */
const ambient = new AsyncLocalStorage<AmbientTransactions>();
const logger = new Logger('Transaction');

/** Work that a request left running after its end must not use a connection that serves another request by now. */
function current(dataSource: DataSource): AmbientTransaction | undefined {
  const transaction = ambient.getStore()?.get(dataSource);
  return transaction && !transaction.ended ? transaction : undefined;
}

/**
 * Runs the work in one transaction of the data source: in the one that is open around the call, or in one of its own. Every
 * statement that `runPrepared` is given with this data source joins it, and every query through {@link managerOf}. Those of
 * another data source do not: they commit by themselves, or in the transaction of their own that is open around them.
 *
 * @throws what the work throws. A joined transaction is rolled back by the call that opened it, so let the error pass.
 * @publicApi
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (on: EntityManager) => Promise<T>,
): Promise<T> {
  const joined = current(dataSource);
  if (joined) return work(joined.manager);
  const consequences: Consequence[] = [];
  let result: T;
  try {
    result = await dataSource.transaction(async (manager) => {
      const transaction: AmbientTransaction = { manager, consequences, ended: false };
      try {
        return await ambient.run(withTransaction(dataSource, transaction), () => work(manager));
      } finally {
        transaction.ended = true;
      }
    });
  } catch (error) {
    await settle(
      dataSource,
      consequences.map(({ onRollback }) => onRollback),
    );
    throw error;
  }
  await settle(
    dataSource,
    consequences.map(({ onCommit }) => onCommit),
  );
  return result;
}

/**
 * Within a transaction of the data source: runs the work so that its failure undoes the work alone, and the transaction can
 * go on. Outside of one it only runs the work.
 */
export async function inSavepoint<T>(dataSource: DataSource, work: () => Promise<T>): Promise<T> {
  const transaction = current(dataSource);
  if (!transaction) return work();
  const before = transaction.consequences.length;
  try {
    return await transaction.manager.transaction(work);
  } catch (error) {
    await settle(
      dataSource,
      transaction.consequences.splice(before).map(({ onRollback }) => onRollback),
    );
    throw error;
  }
}

/**
 * Does something that may only follow a commit: when the data source's transaction that is open around the call is
 * committed, before its answer goes out; at once when none is open. Failures are logged, since what was committed cannot
 * fail any more.
 *
 * @param onRollback done instead when the transaction is not committed, or its outcome is unknown
 * @publicApi
 */
export async function afterCommit(
  dataSource: DataSource,
  onCommit: Action,
  onRollback?: Action,
): Promise<void> {
  const transaction = current(dataSource);
  if (transaction) transaction.consequences.push({ onCommit, onRollback });
  else await settle(dataSource, [onCommit]);
}

/** What TypeORM's own queries go through, so that they are part of the data source's transaction. @publicApi */
export function managerOf(dataSource: DataSource): EntityManager {
  return current(dataSource)?.manager ?? dataSource.manager;
}

/** The manager of the data source's transaction that is open around the call, for statements that bypass TypeORM. */
export function joinedManager(dataSource: DataSource): EntityManager | undefined {
  return current(dataSource)?.manager;
}

/** Outside of the transaction that they follow, inside of those of other data sources. */
async function settle(dataSource: DataSource, actions: readonly (Action | undefined)[]): Promise<void> {
  const outcomes = await ambient.run(withTransaction(dataSource, undefined), () =>
    Promise.allSettled(actions.map((action) => new Promise((resolve) => resolve(action?.())))),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') logger.error(AFTER_COMMIT_FAILED_TEXT(String(outcome.reason)));
  }
}

/** Those that are open now, with this one in the place of the data source's. */
function withTransaction(
  dataSource: DataSource,
  transaction: AmbientTransaction | undefined,
): AmbientTransactions {
  const transactions = new Map(ambient.getStore());
  if (transaction) transactions.set(dataSource, transaction);
  else transactions.delete(dataSource);
  return transactions;
}
