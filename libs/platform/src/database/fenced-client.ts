import pg from 'pg';

type Query = (...parameters: unknown[]) => unknown;

/** A session that reads only, also when its default has changed since: it keeps the one with which it began. */
const READ_ONLY = '25006';

/**
 * A client that ends when a query was given up (`query_timeout`), or when its session reads only. Plain pg returns such a
 * connection to the pool, where the next request waits behind the lost query, after a network partition for many minutes, or
 * is refused as well.
 *
 * @see https://github.com/brianc/node-postgres/issues/2973
 */
export class FencedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // A session that the server ends is emitted besides rejecting what runs, also in the moments between pool and user in
    // which nobody listens; unheard it ends the process. Whoever uses the client next is told by its rejection.
    this.on('error', () => undefined);
    const query = (super.query as Query).bind(this);
    Object.defineProperty(this, 'query', {
      value: (...parameters: unknown[]) => {
        const result = query(...parameters);
        if (result instanceof Promise) result.catch((error: unknown) => this.fence(error));
        return result;
      },
    });
  }

  private fence(error: unknown): void {
    if (!(error instanceof Error)) return;
    const { code } = error as { code?: unknown };
    if (error.message !== 'Query read timeout' && code !== READ_ONLY) return;
    // Marks the client at once, before whoever waits for the query can release it, and cuts the connection.
    void this.end().catch(() => undefined);
  }
}
