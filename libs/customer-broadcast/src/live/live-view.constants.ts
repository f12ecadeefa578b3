import type { BroadcastRouteDescription } from '../openapi/broadcast-route.decorator.ts';

/** Some 500 events. A client that lets more of them wait is cut off, and goes on with its last event's id. */
const MAX_PENDING_CHARACTERS = 256 * 1024;

/** The second argument of `@Sse`. @publicApi */
export const LIVE_VIEW_LIMITS = { maxPendingDataLength: MAX_PENDING_CHARACTERS };

const EXAMPLE = `id: 1042
event: transition
data: {"kind":"parcel","broadcastId":"019a9c3f-5d2e-7b41-8c6a-2f1e0d9b7a35","from":"active","to":"cancelled","at":"2026-01-01T12:00:00.000Z","by":"c1","reason":null}
`;

/** What the document says of a route of the live view. @publicApi */
export const LIVE_VIEW_ROUTE: BroadcastRouteDescription = {
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
};
