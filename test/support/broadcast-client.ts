import { BroadcastRefusedException, type CustomerBroadcastClientOptions } from '@app/customer-broadcast';
import { createTransportClient } from '@app/platform';
import { type TruckKindClient, TruckRequestsClient } from '@app/truck-requests';
import type { ClientProxy } from '@nestjs/microservices';

import type { AnswerBody } from './api-client.ts';
import { type ReachableCluster, untilAllListen } from './cluster.ts';
import type { Kind } from './requests.ts';
import { waitFor } from './wait.ts';

export type KindClient = TruckKindClient<Readonly<Record<string, unknown>>, AnswerBody>;

/** Another service's way in, over the Redis transport. */
export interface BroadcastCaller {
  readonly client: TruckRequestsClient;
  readonly kinds: Readonly<Record<Kind, KindClient>>;
  /** For what must not be a proper request. */
  readonly proxy: ClientProxy;
  stop(): Promise<void>;
}

/** Returns when every replica of the cluster listens. */
export async function startCaller(
  cluster: ReachableCluster,
  options: CustomerBroadcastClientOptions = {},
  proxy: ClientProxy = createTransportClient(cluster.redis.url),
): Promise<BroadcastCaller> {
  const client = new TruckRequestsClient(proxy, options);
  await untilAllListen(cluster);
  // The first call would connect, and its time-out counts that.
  await waitFor(() => proxy.connect().then(() => true), {
    timeoutMs: 20_000,
    describe: 'the client to connect',
  });
  return {
    client,
    proxy,
    kinds: { booking: client.forKind('booking'), order: client.forKind('order') },
    stop: async () => {
      await proxy.close();
    },
  };
}

/** What a call is refused with. @throws Error when it is answered, or not refused by a service */
export function refusalOf(call: Promise<unknown>): Promise<BroadcastRefusedException> {
  return call.then(
    (answer) => Promise.reject(new Error(`it was answered with ${JSON.stringify(answer)}`)),
    (error: unknown) => {
      if (error instanceof BroadcastRefusedException) return error;
      throw error;
    },
  );
}
