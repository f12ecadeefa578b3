import { Controller, type MessageEvent, Res, Sse, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { CurrentCustomer } from '../guard/customer.decorator.ts';
import { CustomerGuard } from '../guard/customer.guard.ts';
import { ApiBroadcastRoute } from '../openapi/broadcast-route.decorator.ts';
import type { HistoryPosition } from './history-position.ts';
import { LiveConnection, type LiveReply } from './live-connection.ts';
import { LIVE_VIEW_LIMITS, LIVE_VIEW_ROUTE } from './live-view.constants.ts';
import { LiveViewGuard, StreamStart } from './live-view.guard.ts';
import { LiveViewService } from './live-view.service.ts';

/**
 * A customer's broadcasts as they change, the same from every service. List it under the `controllers` of a module of yours.
 *
 * @publicApi
 */
@ApiTags('active-broadcast')
@ApiBearerAuth()
@Controller()
export class LiveViewController {
  constructor(private readonly liveView: LiveViewService) {}

  /** Server-Sent Events: an event `transition` for each of the customer's own, of any kind, by whomever it was made. */
  @ApiBroadcastRoute(LIVE_VIEW_ROUTE)
  @Sse('v1/active-broadcast/events', LIVE_VIEW_LIMITS)
  // Guards run from the lowest decorator up: first who asks, then from where.
  @UseGuards(LiveViewGuard)
  @UseGuards(CustomerGuard)
  events(
    @CurrentCustomer() customerId: string,
    @StreamStart() start: HistoryPosition,
    @Res({ passthrough: true }) reply: LiveReply,
  ): Observable<MessageEvent> {
    return this.liveView.stream(customerId, start, new LiveConnection(reply));
  }
}
