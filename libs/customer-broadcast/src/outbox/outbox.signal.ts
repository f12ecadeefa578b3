import { Injectable } from '@nestjs/common';
import { Subject } from 'rxjs';

/** Tells the relay of this process that a commit may have left it something to deliver, so that it need not wait. */
@Injectable()
export class OutboxSignal {
  readonly committed = new Subject<void>();

  /** Call after a commit. Lost signals only cost the relay's interval. */
  notify(): void {
    this.committed.next();
  }
}
