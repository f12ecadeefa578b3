import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { ActiveBroadcastHint } from '../guard/active-broadcast.hint.ts';
import { BROADCAST_OPENED, BROADCAST_TERMINAL } from '../interfaces/broadcast-events.interface.ts';
import { LiveFeed } from '../live/live-feed.service.ts';
import { parseBroadcastEvent } from './broadcast-event.parser.ts';

/** What a listener replies, so that the relay knows that the event was heard and dealt with. */
export interface Acknowledgement {
  readonly acknowledged: true;
}

/**
 * The one listener that deletes the key when a broadcast has ended, in every process that imports the library. A class with
 * `@Controller`, because Nest takes message patterns from controllers only.
 *
 * Messages are input: anybody who may publish can forge one. The worst that a forged event can do is to delete the key of
 * the broadcast that it names, until the reconciler sets it again; meanwhile Postgres refuses. An event may come twice, late, or out
 * of order: the key of a newer broadcast stays.
 *
 * @throws when the key could not be dealt with; the relay then delivers again
 */
@Controller()
export class TerminalEventListener {
  constructor(
    private readonly hint: ActiveBroadcastHint,
    private readonly live: LiveFeed,
  ) {}

  @EventPattern(BROADCAST_TERMINAL)
  async onTerminal(@Payload() payload: unknown): Promise<Acknowledgement> {
    const event = parseBroadcastEvent(payload);
    if (event) this.live.hear(event.customerId);
    if (event) await this.hint.close(event.customerId, { kind: event.kind, id: event.broadcastId });
    return { acknowledged: true };
  }

  /** Only wakes the live view; the reply says that the event has reached a listener. */
  @EventPattern(BROADCAST_OPENED)
  onOpened(@Payload() payload: unknown): Acknowledgement {
    const event = parseBroadcastEvent(payload);
    if (event) this.live.hear(event.customerId);
    return { acknowledged: true };
  }
}
