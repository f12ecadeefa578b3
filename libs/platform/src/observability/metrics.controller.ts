import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { collectDefaultMetrics, register } from 'prom-client';
import { Public } from '../auth/public.decorator.ts';
import { OPERATIONS_TAG } from '../openapi/document.interface.ts';

/** prom-client's default registry, into which every part of the process registers its own metrics. */
@Public()
@ApiTags(OPERATIONS_TAG)
@Controller('metrics')
export class MetricsController {
  constructor() {
    // A second application in the same process shares the registry.
    if (register.getSingleMetric('process_cpu_user_seconds_total') === undefined) collectDefaultMetrics();
  }

  @Get()
  @ApiOperation({ operationId: 'getMetrics', summary: 'What the process counts and measures' })
  @ApiProduces('text/plain')
  @ApiResponse({ status: 200, description: 'In the text format of Prometheus', schema: { type: 'string' } })
  @Header('content-type', register.contentType)
  metrics(): Promise<string> {
    return register.metrics();
  }
}
