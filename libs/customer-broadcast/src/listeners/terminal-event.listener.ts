import { Controller, ServiceUnavailableException } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { KEY_NOT_DELETED_TEXT } from '../customer-broadcast.messages.ts';
import { ActiveBroadcastHint } from '../hint/active-broadcast.hint.ts';
import { BROADCAST_OPENED, BROADCAST_TERMINAL } from '../interfaces/broadcast-events.interface.ts';
import { LiveFeed } from '../live/live-feed.service.ts';
import { parseBroadcastEvent, type ParsedBroadcastEvent } from './broadcast-event.parser.ts';

/** What a listener replies, so that the relay knows that the event was heard and dealt with. */
export interface Acknowledgement {
  readonly acknowledged: true;
}

/**
 * The one listener that deletes the key when a broadcast has ended, in every process that imports the library. A class with
 * `@Controller`, because Nest takes message patterns from controllers only.
 *
 * Messages are input: anybody who may publish can forge one. The worst that a forged event can do is to delete the key of
 * the broadcast that it names, until the reconciler sets it again; meanwhile Postgres refuses. An event may come twice, late, or before
 * an earlier one: the key of a newer broadcast stays.
 *
 * @throws ServiceUnavailableException while Redis does not answer, of which the breaker has told; the relay then delivers again
 * @throws the error of a Redis that answers and will not do it; the relay then delivers again
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
    if (event) await this.close(event);
    return { acknowledged: true };
  }

  /** Only wakes the live view; the reply says that the event has reached a listener. */
  @EventPattern(BROADCAST_OPENED)
  onOpened(@Payload() payload: unknown): Acknowledgement {
    const event = parseBroadcastEvent(payload);
    if (event) this.live.hear(event.customerId);
    return { acknowledged: true };
  }

  private async close({ customerId, kind, broadcastId }: ParsedBroadcastEvent): Promise<void> {
    try {
      await this.hint.close(customerId, { kind, id: broadcastId });
    } catch (cause) {
      if (this.hint.breaker.healthy) throw cause;
      // An outage has hundreds of these, and none of them is news: whoever logs what is unexpected shall not.
      throw new ServiceUnavailableException(KEY_NOT_DELETED_TEXT(customerId), { cause });
    }
  }
}
