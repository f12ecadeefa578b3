import { Controller, type MessageEvent, Res, Sse, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import type { BroadcastActor } from '../interfaces/broadcast-actor.interface.ts';
import { CurrentBroadcastActor } from '../lifecycle/broadcast-access.guard.ts';
import { BroadcastAction } from '../lifecycle/broadcast-action.decorator.ts';
import { ApiBroadcastRoute } from '../openapi/broadcast-route.decorator.ts';
import type { HistoryPosition } from './history-position.ts';
import { LiveConnection, type LiveReply } from './live-connection.ts';
import { LiveViewGuard, StreamStart } from './live-view.guard.ts';
import { LiveViewService } from './live-view.service.ts';

/** Some 500 events. A client that lets more of them wait is cut off, and goes on with its last event's id. */
const MAX_PENDING_CHARACTERS = 256 * 1024;

const EXAMPLE = `id: 1042
event: transition
data: {"kind":"parcel","broadcastId":"019a9c3f-5d2e-7b41-8c6a-2f1e0d9b7a35","from":"active","to":"cancelled","at":"2026-01-01T12:00:00.000Z","by":"c1","reason":null}
`;

/** A customer's broadcasts as they change, the same from every service. */
@ApiTags('active-broadcast')
@ApiBearerAuth()
@Controller()
export class LiveViewController {
  constructor(private readonly liveView: LiveViewService) {}

  /** Server-Sent Events: an event `transition` for each of the customer's own, of any kind, by whomever it was made. */
  @ApiBroadcastRoute({
    operationId: 'followBroadcasts',
    summary: "The customer's own transitions as they happen, as Server-Sent Events",
    description:
      'An event `transition` for each, of any kind, by whomever it was made; comments as heartbeats. The stream ends after 15 minutes, or when the replica stops: connect again with the id of the last event.',
    answers: [
      {
        status: 200,
        description: 'The stream',
        content: { 'text/event-stream': { schema: { type: 'string' }, example: EXAMPLE } },
      },
    ],
    headers: [
      {
        name: 'Last-Event-ID',
        required: false,
        description: 'Goes on after this event; without it the stream begins with what happens now',
        schema: { type: 'string' },
        example: '1042',
      },
    ],
  })
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
