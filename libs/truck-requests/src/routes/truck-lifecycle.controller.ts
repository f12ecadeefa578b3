import { BroadcastIdPipe, type BroadcastList, CancelBroadcastDto, NoInputDto } from '@app/customer-broadcast';
import { type Actor, CurrentActor } from '@app/platform';
import { Body, Get, HttpCode, Injectable, Param, Post, Query } from '@nestjs/common';
import { TruckAction } from '../access/truck-action.decorator.ts';
import { TruckLifecycleService } from '../life/truck-lifecycle.service.ts';
import { TruckReaderService } from '../life/truck-reader.service.ts';
import type { TruckKind } from '../request/truck-kind.interface.ts';
import type { TruckRequest } from '../request/truck-request.entity.ts';
import { DispatchedDto } from './dispatched.dto.ts';
import { ListTruckRequestsDto } from './list-truck-requests.dto.ts';
import type { TruckTransitionView } from './truck-transition.view.ts';

/**
 * The HTTP routes that every kind of request for trucks has: read, list, cancel, dispatched, start, complete and history. Extend it, put
 * `@Controller` with the kind's route on your class, and add what differs, such as create and accept.
 * A class without a constructor of its own inherits this one's dependencies.
 *
 * @example
 * \@Controller('v1/bookings')
 * class BookingController extends TruckLifecycleController<Booking, BookingView> {
 *   protected readonly kind = BOOKING;
 *   protected present(booking: Booking): BookingView { … }
 * }
 * @publicApi
 */
// Not for a provider: without a decorator the compiler keeps no parameter types for those who inherit them.
@Injectable()
export abstract class TruckLifecycleController<T extends TruckRequest, V extends object> {
  protected abstract readonly kind: TruckKind<T>;

  constructor(
    protected readonly lifecycle: TruckLifecycleService,
    protected readonly reader: TruckReaderService,
  ) {}

  /** The request as an answer shows it. */
  protected abstract present(request: T): V;

  @Get()
  @TruckAction('list')
  async list(@CurrentActor() actor: Actor, @Query() query: ListTruckRequestsDto): Promise<BroadcastList<V>> {
    const { items, nextCursor } = await this.reader.list(this.kind, actor, query);
    return { items: items.map((item) => this.present(item)), nextCursor };
  }

  @Get(':id')
  @TruckAction('read')
  async get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<V> {
    return this.present(await this.reader.get(this.kind, id, actor));
  }

  @Get(':id/history')
  @TruckAction('read')
  async history(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
  ): Promise<{ items: TruckTransitionView[] }> {
    const transitions = await this.reader.history(this.kind, id, actor);
    return { items: transitions.map((transition) => ({ ...transition, at: transition.at.toISOString() })) };
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @TruckAction('cancel')
  async cancel(
    @CurrentActor() actor: Actor,
    @Param('id', BroadcastIdPipe) id: string,
    @Body() body: CancelBroadcastDto,
  ): Promise<V> {
    await this.lifecycle.cancel(this.kind, id, actor, body.reason);
    return this.now(id);
  }

  @Post(':id/dispatched')
  @HttpCode(200)
  @TruckAction('dispatch')
  async dispatched(
    @CurrentActor() actor: Actor,
    @Param('id', BroadcastIdPipe) id: string,
    @Body() body: DispatchedDto,
  ): Promise<V> {
    await this.lifecycle.dispatched(this.kind, id, actor, body.notified);
    return this.now(id);
  }

  @Post(':id/start')
  @HttpCode(200)
  @TruckAction('start')
  async start(
    @CurrentActor() actor: Actor,
    @Param('id', BroadcastIdPipe) id: string,
    @Body() _body: NoInputDto,
  ): Promise<V> {
    await this.lifecycle.start(this.kind, id, actor);
    return this.now(id);
  }

  @Post(':id/complete')
  @HttpCode(200)
  @TruckAction('complete')
  async complete(
    @CurrentActor() actor: Actor,
    @Param('id', BroadcastIdPipe) id: string,
    @Body() _body: NoInputDto,
  ): Promise<V> {
    await this.lifecycle.complete(this.kind, id, actor);
    return this.now(id);
  }

  /** The request as it now is, for an actor who was just allowed to change it. */
  protected async now(id: string): Promise<V> {
    return this.present(await this.reader.getAny(this.kind, id));
  }
}
