import { redisTransportOptions } from '@app/platform';
import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';

/** Nest's own client of the Redis transport, as any service has one: its answers come where every client can hear them. */
export function createNestClient(redisUrl: string): ClientProxy {
  const options = { ...redisTransportOptions(redisUrl) };
  return ClientProxyFactory.create({ transport: Transport.REDIS, options });
}
