import {
  ApiBroadcastRoute,
  type HistoryPosition,
  LIVE_VIEW_LIMITS,
  LIVE_VIEW_ROUTE,
  LiveConnection,
  type LiveReply,
  LiveViewGuard,
  LiveViewService,
  StreamStart,
} from '@app/customer-broadcast';
import { type Actor, CurrentActor } from '@app/platform';
import { Controller, type MessageEvent, Res, Sse, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { TruckAction } from '../access/truck-action.decorator.ts';

/** A customer's requests as they change, the same from every service. */
@ApiTags('active-broadcast')
@ApiBearerAuth()
@Controller()
export class LiveTruckController {
  constructor(private readonly liveView: LiveViewService) {}

  /** Server-Sent Events: an event `transition` for each of the customer's own, of any kind, by any writer. */
  @ApiBroadcastRoute(LIVE_VIEW_ROUTE)
  @Sse('v1/active-broadcast/events', LIVE_VIEW_LIMITS)
  // Guards run from the lowest decorator up: first who asks, then from where.
  @UseGuards(LiveViewGuard)
  @TruckAction('find-active')
  events(
    @CurrentActor() actor: Actor,
    @StreamStart() start: HistoryPosition,
    @Res({ passthrough: true }) reply: LiveReply,
  ): Observable<MessageEvent> {
    return this.liveView.stream(actor.sub, start, new LiveConnection(reply));
  }
}
