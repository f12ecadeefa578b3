/** The part of the generated types that the tests use. */
export interface RidesClient {
  readonly ride: {
    create(args: { readonly data: { id: number; riderId: string; status: string } }): PromiseLike<unknown>;
  };
  $queryRawUnsafe(text: string, ...params: unknown[]): PromiseLike<unknown>;
}

export declare class RidesPrismaClient implements RidesClient {
  constructor(options: { readonly adapter: object });
  readonly ride: RidesClient['ride'];
  $queryRawUnsafe(text: string, ...params: unknown[]): PromiseLike<unknown>;
  $transaction<T>(work: (tx: RidesClient) => Promise<T>, options?: { readonly timeout?: number }): Promise<T>;
  $disconnect(): Promise<void>;
}
