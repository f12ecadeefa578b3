import { Injectable } from '@nestjs/common';

/** What this process is still working on, and whether it has begun to stop. Shared by probes, HTTP and Redis. */
@Injectable()
export class DrainState {
  private draining = false;
  private inFlight = 0;

  /** From the stop signal on. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** No request and no message is being handled. */
  get isIdle(): boolean {
    return this.inFlight === 0;
  }

  begin(): void {
    this.draining = true;
  }

  enter(): void {
    this.inFlight += 1;
  }

  leave(): void {
    this.inFlight -= 1;
  }
}
