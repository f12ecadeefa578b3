import { type ExecutionContext, Controller, Module, Post, UseFilters } from '@nestjs/common';
import { Args, Field, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  CurrentCustomer,
  CustomerBroadcastFilter,
  ON_ACTIVE,
  SingleActiveBroadcast,
} from '@app/customer-broadcast';
import { type Ride, RideService } from './ride.app.ts';

/** Who asks, as an application may tell it of each transport. */
export function customerOf(context: ExecutionContext): string {
  switch (context.getType<string>()) {
    case 'http':
      return headerOf(context.getArgByIndex(0));
    case 'graphql':
      return headerOf(context.getArgByIndex<{ request: Headed }>(2).request);
    default:
      return context.getArgByIndex<Payload>(context.getType() === 'rpc' ? 0 : 1)?.customer ?? '';
  }
}

interface Headed {
  readonly headers: Readonly<Record<string, string | undefined>>;
}
type Payload = { readonly customer?: string } | undefined;

const headerOf = ({ headers }: Headed): string => headers['x-customer'] ?? '';

@Controller('rides')
class RideController {
  constructor(private readonly rides: RideService) {}

  @Post()
  @SingleActiveBroadcast('booking', { requestMayChoose: ON_ACTIVE })
  create(@CurrentCustomer() customerId: string): Promise<Ride> {
    return this.rides.create(customerId);
  }

  @MessagePattern('ride.create')
  @SingleActiveBroadcast('booking', { requestMayChoose: ON_ACTIVE })
  order(@CurrentCustomer() customerId: string): Promise<Ride> {
    return this.rides.create(customerId);
  }
}

@ObjectType('Ride')
class RideType {
  @Field(() => String)
  readonly id: string;
}

@Resolver(() => RideType)
class RideResolver {
  constructor(private readonly rides: RideService) {}

  @Mutation(() => RideType)
  @SingleActiveBroadcast('booking', { requestMayChoose: ON_ACTIVE })
  createRide(
    @CurrentCustomer() customerId: string,
    @Args('idempotencyKey', { type: () => String, nullable: true }) _key?: string,
    @Args('onActive', { type: () => String, nullable: true }) _onActive?: string,
  ): Promise<Ride> {
    return this.rides.create(customerId);
  }

  @Query(() => Boolean)
  ready(): boolean {
    return true;
  }
}

@UseFilters(CustomerBroadcastFilter)
@WebSocketGateway()
class RideGateway {
  constructor(private readonly rides: RideService) {}

  @SubscribeMessage('ride.create')
  @SingleActiveBroadcast('booking', { requestMayChoose: ON_ACTIVE })
  async create(@CurrentCustomer() customerId: string): Promise<{ event: string; data: Ride }> {
    const ride = await this.rides.create(customerId);
    return { event: 'ride.created', data: ride };
  }
}

/** The handlers of HTTP and RPC. */
@Module({ controllers: [RideController], providers: [RideService] })
export class RideModule {}

/** And those of GraphQL and WebSockets. */
@Module({ providers: [RideResolver, RideGateway, RideService] })
export class RideSocketsModule {}
