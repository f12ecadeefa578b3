import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.ts';
import { HealthService } from './health.service.ts';
import { MetricsController } from './metrics.controller.ts';

/** `/health/live`, `/health/ready` and `/metrics`, without a token and without a limit. @publicApi */
@Module({ controllers: [HealthController, MetricsController], providers: [HealthService] })
export class HealthModule {}
