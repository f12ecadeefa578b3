import { Body, Get, HttpCode, Injectable, Param, Post, Query, UseGuards } from '@nestjs/common';
import { STATUS_TEXT } from '../customer-broadcast.messages.ts';
import { BroadcastInputException } from '../exceptions/broadcast.exceptions.ts';
import { CurrentCustomer } from '../guard/customer.decorator.ts';
import { CustomerGuard } from '../guard/customer.guard.ts';
import { Idempotent } from '../idempotency/idempotent.decorator.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { CancelBroadcastDto, ListBroadcastsDto } from './broadcast.dto.ts';
import type { Broadcast } from './broadcast.entity.ts';
import { BroadcastLifecycleService } from './broadcast-lifecycle.service.ts';
import { type BroadcastList, BroadcastReaderService } from './broadcast-reader.service.ts';
import { BroadcastIdPipe } from './broadcast-id.pipe.ts';
import type { TransitionView } from './transition.view.ts';

/**
 * The HTTP routes that every kind with a life has, for the customer whose broadcasts they are: read, list, history and cancel.
 * Extend it, put `@Controller` with the
 * kind's route on your class, and add what differs, such as create and the kind's own steps.
 * A class without a constructor of its own inherits this one's dependencies.
 *
 * @example
 * \@Controller('v1/parcels')
 * class ParcelController extends BroadcastLifecycleController<Parcel, BroadcastView> {
 *   protected readonly kind = PARCEL;
 *   protected readonly present = presentBroadcast;
 * }
 * @publicApi
 */
// Not for a provider: without a decorator the compiler keeps no parameter types for those who inherit them.
@Injectable()
export abstract class BroadcastLifecycleController<T extends Broadcast, V extends object> {
  protected abstract readonly kind: BroadcastKind<T>;

  constructor(
    protected readonly lifecycle: BroadcastLifecycleService,
    protected readonly reader: BroadcastReaderService,
  ) {}

  /** The broadcast as an answer shows it. */
  protected abstract present(broadcast: T): V;

  @Get()
  @UseGuards(CustomerGuard)
  async list(
    @CurrentCustomer() customerId: string,
    @Query() query: ListBroadcastsDto,
  ): Promise<BroadcastList<V>> {
    requireStatus(this.kind, query.status);
    const { items, nextCursor } = await this.reader.list(this.kind, query, customerId);
    return { items: items.map((item) => this.present(item)), nextCursor };
  }

  @Get(':id')
  @UseGuards(CustomerGuard)
  async get(@CurrentCustomer() customerId: string, @Param('id') id: string): Promise<V> {
    return this.present(await this.reader.get(this.kind, id, customerId));
  }

  @Get(':id/history')
  @UseGuards(CustomerGuard)
  async history(
    @CurrentCustomer() customerId: string,
    @Param('id') id: string,
  ): Promise<{ items: TransitionView[] }> {
    await this.reader.get(this.kind, id, customerId);
    const transitions = await this.reader.history(this.kind, id);
    return { items: transitions.map((transition) => ({ ...transition, at: transition.at.toISOString() })) };
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @UseGuards(CustomerGuard)
  @Idempotent()
  async cancel(
    @CurrentCustomer() customerId: string,
    @Param('id', BroadcastIdPipe) id: string,
    @Body() body: CancelBroadcastDto,
  ): Promise<V> {
    const { cancels } = this.kind.lifecycle;
    const cause = { by: customerId, reason: body.reason, ownedBy: customerId };
    await this.lifecycle.step(this.kind, id, cancels, cause);
    return this.now(id);
  }

  /** The broadcast as it now is, for a caller who was just allowed to change it. */
  protected async now(id: string): Promise<V> {
    return this.present(await this.reader.getAny(this.kind, id));
  }
}

function requireStatus({ lifecycle }: BroadcastKind, status: string | undefined): void {
  if (status === undefined || lifecycle.statuses.includes(status)) return;
  throw new BroadcastInputException('status', STATUS_TEXT(lifecycle.statuses));
}
