import { Controller, Get, Header } from '@nestjs/common';
import { collectDefaultMetrics, register } from 'prom-client';
import { Public } from '../auth/public.decorator.ts';

/** prom-client's default registry, into which every part of the process registers its own metrics. */
@Public()
@Controller('metrics')
export class MetricsController {
  constructor() {
    // A second application in the same process shares the registry.
    if (register.getSingleMetric('process_cpu_user_seconds_total') === undefined) collectDefaultMetrics();
  }

  @Get()
  @Header('content-type', register.contentType)
  metrics(): Promise<string> {
    return register.metrics();
  }
}
