import { type Database } from '../database.interface.ts';

/** A PrismaClient for Postgres, or the client inside `$transaction(async (tx) => …)`. @publicApi */
export interface PrismaQueryable {
  $queryRawUnsafe(text: string, ...params: unknown[]): PromiseLike<unknown>;
}

/**
 * Lets the rule ask through Prisma. A transaction's statements stay in that transaction.
 *
 * @example await install(fromPrisma(prisma), rule);
 * @publicApi
 */
export function fromPrisma(prisma: PrismaQueryable): Database {
  return {
    query: async (text, params = []) => ({
      rows: (await prisma.$queryRawUnsafe(text, ...params)) as unknown[],
    }),
  };
}
