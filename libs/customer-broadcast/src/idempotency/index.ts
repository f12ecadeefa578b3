export { IdempotencyModule } from './idempotency.module.ts';
export type { IdempotencyModuleOptions } from './idempotency.options.ts';
export { Idempotent } from './idempotent.decorator.ts';
export {
  IdempotencyInProgressException,
  IdempotencyKeyReusedException,
} from '../exceptions/idempotency.exceptions.ts';
