import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import { BACKGROUND_FAILED_TEXT } from '../customer-broadcast.messages.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { BroadcastExpiryService } from './broadcast-expiry.service.ts';

/**
 * The expiry worker of a kind: extend it, say which kind, and provide it. It runs every `expiryIntervalMs`, and in between
 * at the next deadline, so that a broadcast ends within milliseconds of it. With `expiryMode: 'external'` it does nothing.
 *
 * Every replica runs one; rows are claimed, so they share the work. Runs never overlap within a process, and a shutdown
 * waits for the run in flight. A run that fails is logged and repeated.
 *
 * @example
 * class ParcelExpiryWorker extends BroadcastExpiryHost { protected readonly kind = PARCEL; }
 * @publicApi
 */
@Injectable()
export abstract class BroadcastExpiryHost implements OnApplicationBootstrap, OnModuleDestroy {
  protected abstract readonly kind: BroadcastKind;

  private readonly logger = new Logger(BroadcastExpiryHost.name);
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly scheduler: SchedulerRegistry,
    private readonly expiry: BroadcastExpiryService,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.options.background || this.options.expiryMode === 'external') return;
    const interval = setInterval(() => this.tick(), this.options.expiryIntervalMs);
    this.scheduler.addInterval(`${this.kind.name}-expiry`, interval);
  }

  /** The scheduler clears the interval at shutdown; the run in flight is waited for here, before the pool closes. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    const deadline = this.deadlineTimer();
    if (this.scheduler.doesExist('timeout', deadline)) this.scheduler.deleteTimeout(deadline);
    await this.running;
  }

  private tick(): void {
    if (this.running || this.stopping) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
    });
  }

  private async run(): Promise<void> {
    try {
      const { run, asOf } = await this.expiry.drain(this.kind, () => !this.stopping);
      const { expired, durationMs } = run;
      if (expired > 0) this.logger.log({ kind: this.kind.name, expired, durationMs }, 'broadcasts expired');
      await this.wakeAtNextDeadline(asOf);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error({ kind: this.kind.name }, BACKGROUND_FAILED_TEXT('Expiry', reason));
    }
  }

  private async wakeAtNextDeadline(asOf: string): Promise<void> {
    const ms = await this.expiry.nextDeadlineInMs(this.kind, asOf);
    if (ms === null || ms > this.options.expiryIntervalMs || this.stopping) return;
    const name = this.deadlineTimer();
    if (this.scheduler.doesExist('timeout', name)) this.scheduler.deleteTimeout(name);
    // A timer may fire up to a millisecond early, when nothing would be due yet.
    this.scheduler.addTimeout(
      name,
      setTimeout(() => this.tick(), Math.max(0, ms) + 1),
    );
  }

  private deadlineTimer(): string {
    return `${this.kind.name}-expiry-deadline`;
  }
}
