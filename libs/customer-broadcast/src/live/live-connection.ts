import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** The reply of either of Nest's HTTP adapters. */
export type LiveReply = ServerResponse | { readonly raw: ServerResponse };

const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 250;
/** For the last bytes to leave. Somebody who does not read would otherwise keep the process from stopping. */
const END_GRACE_MS = 500;

/** What is known of a client's reading: Nest's streams cannot pause a producer. */
export class LiveConnection {
  private readonly response: ServerResponse;
  private readonly socket: Socket | null;
  private readonly sentBefore: number;
  private handedOver = 0;

  constructor(reply: LiveReply) {
    this.response = 'raw' in reply ? reply.raw : reply;
    this.socket = this.response.socket;
    this.sentBefore = this.sent;
  }

  /** So many bytes, at least, are on their way. */
  count(bytes: number): void {
    this.handedOver += bytes;
  }

  /** Resolves when all that was counted has left this process, or the stream is over. */
  async whenSent(isOver: () => boolean): Promise<void> {
    let pauseMs = FIRST_LOOK_MS;
    while (!isOver() && this.sent - this.sentBefore < this.handedOver) {
      await wait(pauseMs, undefined, { ref: false });
      pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2);
    }
  }

  /** After the stream was ended: cuts the connection of a client that does not take the end. */
  cutUnlessFinished(): void {
    setTimeout(() => {
      if (!this.response.writableFinished) this.response.destroy();
    }, END_GRACE_MS).unref();
  }

  private get sent(): number {
    return this.socket ? this.socket.bytesWritten - this.socket.writableLength : Infinity;
  }
}
