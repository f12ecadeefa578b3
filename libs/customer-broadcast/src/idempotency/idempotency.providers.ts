import type { Provider } from '@nestjs/common';
import { IdempotencyInterceptor } from './idempotency.interceptor.ts';
import { IDEMPOTENCY_OPTIONS } from './idempotency.options.ts';
import { IdempotencyPruner } from './idempotency.pruner.ts';
import { IdempotencyRepository } from './idempotency.repository.ts';
import { IdempotencyService } from './idempotency.service.ts';

/** What `@Idempotent` needs beside {@link IDEMPOTENCY_OPTIONS}, for the modules that bring it. */
export const idempotencyProviders: Provider[] = [
  IdempotencyInterceptor,
  IdempotencyPruner,
  IdempotencyRepository,
  IdempotencyService,
];

/** What the decorator needs in the modules of the handlers. */
export const idempotencyExports = [IDEMPOTENCY_OPTIONS, IdempotencyInterceptor, IdempotencyService];
