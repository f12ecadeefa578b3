import { Injectable } from '@nestjs/common';

/** What this process is still working on, and whether it has begun to stop. Shared by probes, HTTP and Redis. */
@Injectable()
export class DrainState {
  private draining = false;
  private inFlight = 0;
  private readonly onBegin: (() => void)[] = [];

  /** From the stop signal on. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** No request and no message is being handled. */
  get isIdle(): boolean {
    return this.inFlight === 0;
  }

  begin(): void {
    if (this.draining) return;
    this.draining = true;
    for (const end of this.onBegin) end();
  }

  /** Called when the process begins to stop: ends what would otherwise go on for as long as its client likes. */
  whenBegun(end: () => void): void {
    this.onBegin.push(end);
  }

  enter(): void {
    this.inFlight += 1;
  }

  leave(): void {
    this.inFlight -= 1;
  }
}
