import {
  BroadcastAction,
  type BroadcastActor,
  BroadcastIdPipe,
  type BroadcastList,
  CancelBroadcastDto,
  CurrentBroadcastActor,
  ListBroadcastsDto,
  NoInputDto,
  type TransitionView,
} from '@app/customer-broadcast';
import { Body, Get, HttpCode, Injectable, Param, Post, Query } from '@nestjs/common';
import { TruckLifecycleService } from '../life/truck-lifecycle.service.ts';
import { TruckReaderService } from '../life/truck-reader.service.ts';
import type { TruckKind } from '../request/truck.lifecycle.ts';
import type { TruckRequest } from '../truck-request.entity.ts';
import { DispatchedDto } from './dispatched.dto.ts';

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
  @BroadcastAction('list')
  async list(
    @CurrentBroadcastActor() actor: BroadcastActor,
    @Query() query: ListBroadcastsDto,
  ): Promise<BroadcastList<V>> {
    const { items, nextCursor } = await this.reader.list(this.kind, actor, query);
    return { items: items.map((item) => this.present(item)), nextCursor };
  }

  @Get(':id')
  @BroadcastAction('read')
  async get(@CurrentBroadcastActor() actor: BroadcastActor, @Param('id') id: string): Promise<V> {
    return this.present(await this.reader.get(this.kind, id, actor));
  }

  @Get(':id/history')
  @BroadcastAction('read')
  async history(
    @CurrentBroadcastActor() actor: BroadcastActor,
    @Param('id') id: string,
  ): Promise<{ items: TransitionView[] }> {
    const transitions = await this.reader.history(this.kind, id, actor);
    return { items: transitions.map((transition) => ({ ...transition, at: transition.at.toISOString() })) };
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @BroadcastAction('cancel')
  async cancel(
    @CurrentBroadcastActor() actor: BroadcastActor,
    @Param('id', BroadcastIdPipe) id: string,
    @Body() body: CancelBroadcastDto,
  ): Promise<V> {
    await this.lifecycle.cancel(this.kind, id, actor, body.reason);
    return this.now(id);
  }

  @Post(':id/dispatched')
  @HttpCode(200)
  @BroadcastAction('dispatch')
  async dispatched(
    @CurrentBroadcastActor() actor: BroadcastActor,
    @Param('id', BroadcastIdPipe) id: string,
    @Body() body: DispatchedDto,
  ): Promise<V> {
    await this.lifecycle.dispatched(this.kind, id, actor, body.notified);
    return this.now(id);
  }

  @Post(':id/start')
  @HttpCode(200)
  @BroadcastAction('start')
  async start(
    @CurrentBroadcastActor() actor: BroadcastActor,
    @Param('id', BroadcastIdPipe) id: string,
    @Body() _body: NoInputDto,
  ): Promise<V> {
    await this.lifecycle.start(this.kind, id, actor);
    return this.now(id);
  }

  @Post(':id/complete')
  @HttpCode(200)
  @BroadcastAction('complete')
  async complete(
    @CurrentBroadcastActor() actor: BroadcastActor,
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
