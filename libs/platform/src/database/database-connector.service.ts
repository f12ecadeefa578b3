import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { DataSource, QueryFailedError, TypeORMError } from 'typeorm';

const RETRY_DELAY_MS = 500;
/** A database that is there answers in a few milliseconds; longer would delay the start that an outage allows. */
const FIRST_ATTEMPT_MS = 1_000;

/**
 * Connects the data source in the background and keeps trying until it is there, so that a service starts while
 * Postgres is down and heals by itself. A start with Postgres up is connected when the modules are.
 *
 * @publicApi
 */
@Injectable()
export class DatabaseConnector implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(DatabaseConnector.name);
  private readonly stop = new AbortController();
  private connecting: Promise<void> | undefined;

  constructor(private readonly dataSource: DataSource) {}

  async onModuleInit(): Promise<void> {
    await Promise.race([this.connected(), wait(FIRST_ATTEMPT_MS, undefined, { ref: false })]);
  }

  /** Waits for the attempt under way; the pool itself is closed last, by TypeOrmModule, when HTTP is drained. */
  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.connecting;
  }

  /** Resolves once connected, or at shutdown. Safe to call any number of times. */
  connected(): Promise<void> {
    this.connecting ??= this.connect();
    return this.connecting;
  }

  private async connect(): Promise<void> {
    let lastReason: string | undefined;
    while (!this.dataSource.isInitialized && !this.stop.signal.aborted) {
      try {
        await this.dataSource.initialize();
        if (lastReason !== undefined) this.logger.log('postgres is there');
      } catch (error) {
        // Not the database but the program is wrong, an entity forgotten for example: no waiting will cure that. TypeORM's own first
        // questions are another matter: a connection may be cut at any of them.
        if (error instanceof TypeORMError && !(error instanceof QueryFailedError)) throw error;
        const reason = error instanceof Error ? error.message || error.name : String(error);
        if (reason !== lastReason)
          this.logger.warn({ msg: 'cannot connect to postgres, trying again', reason });
        lastReason = reason;
        await wait(RETRY_DELAY_MS, undefined, { signal: this.stop.signal }).catch(() => undefined);
      }
    }
  }
}
