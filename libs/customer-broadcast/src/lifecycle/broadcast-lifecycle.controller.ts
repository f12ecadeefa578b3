import { Body, Get, HttpCode, Injectable, Param, Post, Query } from '@nestjs/common';
import type { BroadcastActor } from '../interfaces/broadcast-actor.interface.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { CurrentBroadcastActor } from './broadcast-access.guard.ts';
import { BroadcastAction } from './broadcast-action.decorator.ts';
import { CancelBroadcastDto, ListBroadcastsDto } from './broadcast.dto.ts';
import type { Broadcast } from './broadcast.entity.ts';
import { BroadcastLifecycleService } from './broadcast-lifecycle.service.ts';
import { type BroadcastList, BroadcastReaderService } from './broadcast-reader.service.ts';
import { BroadcastIdPipe } from './broadcast-id.pipe.ts';
import type { TransitionView } from './transition.view.ts';

/**
 * The HTTP routes that every kind with a life has: read, list, history and cancel. Extend it, put `@Controller` with the
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
  @BroadcastAction('list')
  async list(
    @CurrentBroadcastActor() actor: BroadcastActor,
    @Query() query: ListBroadcastsDto,
  ): Promise<BroadcastList<V>> {
    const { items, nextCursor } = await this.reader.list(this.kind, query, ownerOf(actor));
    return { items: items.map((item) => this.present(item)), nextCursor };
  }

  @Get(':id')
  @BroadcastAction('read')
  async get(@CurrentBroadcastActor() actor: BroadcastActor, @Param('id') id: string): Promise<V> {
    return this.present(await this.reader.get(this.kind, id, ownerOf(actor)));
  }

  @Get(':id/history')
  @BroadcastAction('read')
  async history(
    @CurrentBroadcastActor() actor: BroadcastActor,
    @Param('id') id: string,
  ): Promise<{ items: TransitionView[] }> {
    await this.reader.get(this.kind, id, ownerOf(actor));
    const transitions = await this.reader.history(this.kind, id);
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
    const { cancels } = this.kind.lifecycle;
    const cause = { by: actor.sub, reason: body.reason, ownedBy: ownerOf(actor) };
    await this.lifecycle.step(this.kind, id, cancels, cause);
    return this.now(id);
  }

  /** The broadcast as it now is, for a caller who was just allowed to change it. */
  protected async now(id: string): Promise<V> {
    return this.present(await this.reader.getAny(this.kind, id));
  }
}

function ownerOf({ role, sub }: BroadcastActor): string | undefined {
  return role === 'customer' ? sub : undefined;
}
