import type { ThrottlerModuleOptions } from '@nestjs/throttler';
import type { Environment } from '../config/environment.interface.ts';
import { REQUESTS_PER_ADDRESS, WRITES_PER_USER } from './rate-limit.guard.ts';

const WINDOW_MS = 1_000;

/**
 * The configured limits, each over a sliding second and counted in this process: with N replicas a user may do up to
 * N times as much. A count shared over Redis would make Redis part of every write.
 */
export function rateLimits(env: Environment): ThrottlerModuleOptions {
  const limits = [
    { name: WRITES_PER_USER, limit: env.writesPerSecondPerUser },
    { name: REQUESTS_PER_ADDRESS, limit: env.requestsPerSecondPerAddress },
  ];
  // Without a block duration, whoever waits for the oldest request to leave the window may go on at once.
  return limits
    .filter(({ limit }) => limit > 0)
    .map((limit) => ({ ...limit, ttl: WINDOW_MS, blockDuration: 0 }));
}
