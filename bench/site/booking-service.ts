import { join } from 'node:path';

import { type ServiceProcess, startScript } from '../../test/support/service-process.ts';
import { DIST } from '../../tools/paths.ts';
import type { BenchContext } from '../experiment.interface.ts';

/**
 * As the scripts of `npm run start:booking` and the image start it; quiet, and with deadlines that no run reaches: what expiry
 * costs is an experiment of its own.
 */
export const PRODUCTION = {
  NODE_OPTIONS: '--max-semi-space-size=16',
  MALLOC_ARENA_MAX: '2',
  NODE_ENV: 'production',
  LOG_LEVEL: 'warn',
  BROADCAST_TIMEOUT_SECONDS: '36000',
};

/** The built booking service, as it runs in production. @param env more variables, or other values */
export function startBookingService(
  { servers: { redisUrl } }: BenchContext,
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess<string>> {
  const script = join(DIST, 'booking-service/main.js');
  return startScript('booking-service', script, { databaseUrl, redisUrl, env: { ...PRODUCTION, ...env } });
}
