import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/public.decorator.ts';
import { HealthService } from './health.service.ts';
import type { Readiness } from './health.interface.ts';

/** The probes of Kubernetes. Liveness asks nothing: a restart cures no outage of a dependency. */
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const readiness = await this.health.readiness();
    const isReady = readiness.status === 'ok' || readiness.status === 'degraded';
    void reply.status(isReady ? 200 : 503).header('cache-control', 'no-store');
    return readiness;
  }
}
