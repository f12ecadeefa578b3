import { Controller, type MessageEvent, Res, Sse, UseGuards } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { BroadcastActor } from '../interfaces/broadcast-actor.interface.ts';
import { CurrentBroadcastActor } from '../lifecycle/broadcast-access.guard.ts';
import { BroadcastAction } from '../lifecycle/broadcast-action.decorator.ts';
import type { HistoryPosition } from './history-position.ts';
import { LiveConnection, type LiveReply } from './live-connection.ts';
import { LiveViewGuard, StreamStart } from './live-view.guard.ts';
import { LiveViewService } from './live-view.service.ts';

/** Some 500 events. A client that lets more of them wait is cut off, and goes on with its last event's id. */
const MAX_PENDING_CHARACTERS = 256 * 1024;

/** A customer's broadcasts as they change, the same from every service. */
@Controller()
export class LiveViewController {
  constructor(private readonly liveView: LiveViewService) {}

  /** Server-Sent Events: an event `transition` for each of the customer's own, of any kind, by whomever it was made. */
  @Sse('v1/active-broadcast/events', { maxPendingDataLength: MAX_PENDING_CHARACTERS })
  // Guards run from the lowest decorator up: first who asks, then from where.
  @UseGuards(LiveViewGuard)
  @BroadcastAction('find-active')
  events(
    @CurrentBroadcastActor() actor: BroadcastActor,
    @StreamStart() start: HistoryPosition,
    @Res({ passthrough: true }) reply: LiveReply,
  ): Observable<MessageEvent> {
    return this.liveView.stream(actor.sub, start, new LiveConnection(reply));
  }
}
