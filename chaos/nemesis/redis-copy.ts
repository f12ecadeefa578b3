import type { Redis } from 'ioredis';

/** A key as DUMP has it, with the time that it had left; 0 for ever. */
export interface CopiedKey {
  readonly name: string;
  readonly dump: Buffer;
  readonly leftMs: number;
}

const PAGE = 1000;

/** Every key, page by page; one that ends meanwhile is left out. */
export async function readKeys(redis: Redis): Promise<CopiedKey[]> {
  const copied: CopiedKey[] = [];
  let cursor = '0';
  do {
    const [next, names] = await redis.scan(cursor, 'COUNT', PAGE);
    cursor = next;
    const read = await Promise.all(
      names.map(async (name) => ({
        name,
        dump: await redis.dumpBuffer(name),
        leftMs: Math.max(0, await redis.pttl(name)),
      })),
    );
    // Typed as if it were always there; it is null for a key that has ended.
    copied.push(...read.filter(({ dump }: { dump: Buffer | null }) => dump !== null));
  } while (cursor !== '0');
  return copied;
}

/** Makes these the only keys. */
export async function rewriteKeys(redis: Redis, keys: readonly CopiedKey[]): Promise<void> {
  await redis.flushall();
  await Promise.all(keys.map(({ name, dump, leftMs }) => redis.restore(name, leftMs, dump, 'REPLACE')));
}
