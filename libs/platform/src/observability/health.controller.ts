import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/public.decorator.ts';
import { OPERATIONS_TAG } from '../openapi/document.interface.ts';
import { HealthService } from './health.service.ts';
import type { Readiness } from './health.interface.ts';

/** A status, and beside it the names of what it is about. */
const about = (status: string, list?: string) => ({
  type: 'object' as const,
  properties: {
    status: { type: 'string' as const, enum: [status] },
    ...(list !== undefined && { [list]: { type: 'array' as const, items: { type: 'string' as const } } }),
  },
  required: ['status', ...(list === undefined ? [] : [list])],
  additionalProperties: false,
});

/** The probes of Kubernetes. Liveness asks nothing: a restart cures no outage of a dependency. */
@Public()
@ApiTags(OPERATIONS_TAG)
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @ApiOperation({ operationId: 'isLive', summary: 'Whether the process runs' })
  @ApiResponse({ status: 200, description: 'It does', schema: about('ok') })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ operationId: 'isReady', summary: 'Whether requests should be sent here' })
  @ApiResponse({
    status: 200,
    description: 'They should; degraded: something is missing that can be done without for a while',
    schema: { oneOf: [about('ok'), about('degraded', 'degraded')] },
  })
  @ApiResponse({
    status: 503,
    description: 'They should not',
    schema: { oneOf: [about('unavailable', 'unavailable'), about('draining')] },
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const readiness = await this.health.readiness();
    const isReady = readiness.status === 'ok' || readiness.status === 'degraded';
    void reply.status(isReady ? 200 : 503).header('cache-control', 'no-store');
    return readiness;
  }
}
