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

/**
 * The transaction of whatever runs now. It reaches the statements of a handler without every function in between passing a
 * manager on: an answer that is kept under an idempotency key must be written with the effect, and whoever writes the effect
 * knows nothing of keys.
 *
 * @see docs/decisions/0005-idempotency.md
 */
const ambient = new AsyncLocalStorage<AmbientTransaction>();
const logger = new Logger('Transaction');

/** Work that the request left running after its end must not use a connection that is somebody else's by now. */
function current(): AmbientTransaction | undefined {
  const transaction = ambient.getStore();
  return transaction && !transaction.ended ? transaction : undefined;
}

/**
 * Runs the work in one transaction: in the one that is open already, or in one of its own. Every statement that
 * `runPrepared` is given with this data source joins it, and every query through {@link managerOf}.
 *
 * @throws what the work throws. A joined transaction is not rolled back here but by whoever opened it, so let the error pass.
 * @publicApi
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (on: EntityManager) => Promise<T>,
): Promise<T> {
  const joined = current();
  if (joined) return work(joined.manager);
  const consequences: Consequence[] = [];
  let result: T;
  try {
    result = await dataSource.transaction(async (manager) => {
      const transaction: AmbientTransaction = { manager, consequences, ended: false };
      try {
        return await ambient.run(transaction, () => work(manager));
      } finally {
        transaction.ended = true;
      }
    });
  } catch (error) {
    await settle(consequences.map(({ onRollback }) => onRollback));
    throw error;
  }
  await settle(consequences.map(({ onCommit }) => onCommit));
  return result;
}

/**
 * Within a transaction: runs the work so that its failure undoes the work alone, and the transaction can go on. Outside of
 * one it only runs the work.
 */
export async function inSavepoint<T>(work: () => Promise<T>): Promise<T> {
  const transaction = current();
  if (!transaction) return work();
  const before = transaction.consequences.length;
  try {
    return await transaction.manager.transaction(work);
  } catch (error) {
    await settle(transaction.consequences.splice(before).map(({ onRollback }) => onRollback));
    throw error;
  }
}

/**
 * Does something that may only follow a commit: at once outside of a transaction, otherwise when it is committed and before
 * its answer goes out. Failures are logged, since what was committed cannot fail any more.
 *
 * @param onRollback done instead when the transaction is not committed, or its outcome is unknown
 * @publicApi
 */
export async function afterCommit(onCommit: Action, onRollback?: Action): Promise<void> {
  const transaction = current();
  if (transaction) transaction.consequences.push({ onCommit, onRollback });
  else await settle([onCommit]);
}

/** What TypeORM's own queries go through, so that they are part of the transaction. @publicApi */
export function managerOf(dataSource: DataSource): EntityManager {
  return current()?.manager ?? dataSource.manager;
}

/** The manager of the transaction that is open, for statements that bypass TypeORM. */
export function joinedManager(): EntityManager | undefined {
  return current()?.manager;
}

async function settle(actions: readonly (Action | undefined)[]): Promise<void> {
  const outcomes = await ambient.exit(() =>
    Promise.allSettled(actions.map((action) => new Promise((resolve) => resolve(action?.())))),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') logger.error(AFTER_COMMIT_FAILED_TEXT(String(outcome.reason)));
  }
}
