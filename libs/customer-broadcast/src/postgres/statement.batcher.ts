import type { DataSource } from 'typeorm';
import { joinedManager } from './transaction.ts';

/** How many of its statements are under way at most, unless they take long. */
const AT_ONCE = 2;
/** How many calls a statement serves at most. */
const MAX_CALLS = 32;
/** Nobody waits behind a statement that takes longer: a connection may hang. */
const PATIENCE_MS = 100;

interface Call<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result | PromiseLike<Result>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Serves calls that come at the same time with one statement. Nobody waits for company: with nothing under way a call goes at
 * once, and alone. While {@link AT_ONCE} statements are under way, those who come go together with the next one, as commits
 * do that wait for the same flush of a log. So a busy service asks less often, and an idle one is as quick as ever.
 *
 * A statement begins after each of its calls was made, so what it reads is not older than the call. Within a
 * transaction of the data source a call has a statement of its own, as one that serves others as well cannot be a part of it.
 *
 * @see https://www.postgresql.org/docs/18/runtime-config-wal.html#GUC-COMMIT-DELAY
 */
export class StatementBatcher<Item, Result> {
  private waiting: Call<Item, Result>[] = [];
  private underWay = 0;
  private readonly atOnce = AT_ONCE;

  /**
   * @param dataSource whose transactions a call may be part of
   * @param together carries out the items of 1 to 32 calls, and gives the result of each at the same place. A result that is a
   *   promise is that call's own affair: nobody else waits for it. When `together` rejects, all of its calls do.
   * @param alone carries out one, in the transaction that is open
   */
  constructor(
    private readonly dataSource: DataSource,
    private readonly together: (items: readonly Item[]) => Promise<readonly (Result | Promise<Result>)[]>,
    private readonly alone: (item: Item) => Promise<Result>,
  ) {}

  call(item: Item): Promise<Result> {
    if (joinedManager(this.dataSource)) return this.alone(item);
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      // After those who were woken by the same answer: they call within the same turn of the microtasks.
      if (this.waiting.length === 1) queueMicrotask(() => this.startNext());
    });
  }

  private startNext(): void {
    while (this.waiting.length > 0 && this.underWay < this.atOnce)
      void this.start(this.waiting.splice(0, MAX_CALLS));
  }

  private async start(calls: readonly Call<Item, Result>[]): Promise<void> {
    let counts = true;
    const leave = (): void => {
      if (!counts) return;
      counts = false;
      this.underWay -= 1;
      this.startNext();
    };
    this.underWay += 1;
    const impatience = setTimeout(leave, PATIENCE_MS);
    try {
      const results = await this.together(calls.map(({ item }) => item));
      for (const [index, { resolve }] of calls.entries()) resolve(results[index] as Result | Promise<Result>);
    } catch (error) {
      for (const { reject } of calls) reject(error);
    } finally {
      clearTimeout(impatience);
      leave();
    }
  }
}
