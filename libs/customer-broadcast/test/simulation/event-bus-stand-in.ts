import { Observable, type Subscriber } from 'rxjs';
import { BROADCAST_TERMINAL, type BroadcastEvent } from '../../src/interfaces/broadcast-events.interface.ts';
import type { RedisServer } from './redis-stand-in.ts';
import type { TerminalEventListener } from '../../src/listeners/terminal-event.listener.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

/** Who sends and hears events. */
export interface Subscribed {
  readonly process: SimulatedProcess;
  readonly listener: TerminalEventListener;
}

/** What the network does with an event on its way to one listener. */
export type EventFault = 'lose' | 'twice' | 'late';

/**
 * Publish/subscribe as Nest's Redis transport has it: every replica hears every event that is sent while it listens, and
 * the first reply is the acknowledgement. Listeners are the real class.
 */
export class EventBusStandIn {
  /** Faults for the next deliveries, one each. */
  readonly faults: EventFault[] = [];
  /** Event ids that a listener has dealt with. */
  readonly heard = new Set<string>();
  private readonly late: (() => void)[] = [];

  constructor(
    private readonly world: World,
    private readonly redis: RedisServer,
    private readonly replicas: () => readonly Subscribed[],
    private readonly onHeard: (event: BroadcastEvent) => void,
  ) {}

  clientOf(sender: Subscribed): { send(pattern: string, event: BroadcastEvent): Observable<unknown> } {
    return {
      send: (pattern, event) =>
        new Observable((reply) => {
          if (this.redis.down) {
            reply.error(new Error('Connection is closed.'));
            return;
          }
          this.world.schedule(`events: ${sender.process.name} publishes ${textOf(pattern, event)}`, () =>
            this.redis.arrive(() => this.publish(sender, pattern, event, reply)),
          );
        }),
    };
  }

  deliverLate(): void {
    for (const deliver of this.late.splice(0)) deliver();
  }

  private publish(
    sender: Subscribed,
    pattern: string,
    event: BroadcastEvent,
    reply: Subscriber<unknown>,
  ): void {
    if (this.redis.down) return;
    for (const replica of this.replicas()) {
      const deliver = (): void => this.deliver(replica, sender, pattern, event, reply);
      const fault = this.faults.shift();
      if (fault !== undefined)
        this.world.note(`events: ${replica.process.name} gets it ${fault === 'lose' ? 'never' : fault}`);
      if (fault === 'late' || fault === 'twice') this.late.push(deliver);
      if (fault === undefined || fault === 'twice') deliver();
    }
  }

  private deliver(
    to: Subscribed,
    sender: Subscribed,
    pattern: string,
    event: BroadcastEvent,
    reply: Subscriber<unknown>,
  ): void {
    to.process.receive(`hears ${textOf(pattern, event)}`, () => {
      const handled =
        pattern === BROADCAST_TERMINAL
          ? to.listener.onTerminal(event)
          : Promise.resolve(to.listener.onOpened(event));
      handled.then(
        (acknowledgement) => {
          this.onHeard(event);
          this.heard.add(event.eventId);
          sender.process.receive(`gets the acknowledgement of ${event.eventId}`, () => {
            reply.next(acknowledgement);
            reply.complete();
          });
        },
        (error: unknown) =>
          sender.process.receive(`hears that ${event.eventId} failed`, () => reply.error(error)),
      );
    });
  }
}

function textOf(pattern: string, event: BroadcastEvent): string {
  return `${pattern.split('.')[1] ?? ''} ${event.broadcastId.slice(-2)}`;
}
