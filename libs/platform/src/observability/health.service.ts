import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { setTimeout as wait } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { DrainState } from '../http/drain-state.service.ts';
import { DEGRADABLE_DEPENDENCIES, type DegradableDependency, type Readiness } from './health.interface.ts';

/** A probe gives up after a second; a database that needs longer for nothing serves nobody. */
const CHECK_TIMEOUT_MS = 800;
/** Many probes cost one query; an outage is seen a second later at most. */
const CACHE_MS = 1_000;

/** Whether this process should be sent requests. Postgres decides; what is degradable is only told. */
@Injectable()
export class HealthService {
  private checkedAt = -Infinity;
  private check: Promise<boolean> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly drain: DrainState,
    private readonly moduleRef: ModuleRef,
  ) {}

  async readiness(): Promise<Readiness> {
    if (this.drain.isDraining) return { status: 'draining' };
    if (!(await this.isPostgresHealthy())) return { status: 'unavailable', unavailable: ['postgres'] };
    const degraded = await this.listDegraded();
    return degraded.length > 0 ? { status: 'degraded', degraded } : { status: 'ok' };
  }

  private isPostgresHealthy(): Promise<boolean> {
    if (this.check === undefined || performance.now() - this.checkedAt >= CACHE_MS) {
      this.checkedAt = performance.now();
      this.check = Promise.race([this.askPostgres(), wait(CHECK_TIMEOUT_MS, false, { ref: false })]);
    }
    return this.check;
  }

  private async askPostgres(): Promise<boolean> {
    if (!this.dataSource.isInitialized) return false;
    return this.dataSource.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  private async listDegraded(): Promise<string[]> {
    const states = await Promise.all(
      this.listDependencies().map(async (dependency) =>
        (await isHealthy(dependency)) ? [] : [dependency.name],
      ),
    );
    return states.flat();
  }

  /** Looked up over all modules: the app provides the list, and the app is above this module. */
  private listDependencies(): readonly DegradableDependency[] {
    try {
      return this.moduleRef.get<DegradableDependency[]>(DEGRADABLE_DEPENDENCIES, { strict: false });
    } catch {
      // Nothing is registered: nothing can be degraded.
      return [];
    }
  }
}

async function isHealthy(dependency: DegradableDependency): Promise<boolean> {
  try {
    return await Promise.race([dependency.healthy(), wait(CHECK_TIMEOUT_MS, false, { ref: false })]);
  } catch {
    // Whoever cannot tell is not healthy.
    return false;
  }
}
