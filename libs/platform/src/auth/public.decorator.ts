import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'platform:is-public';

/**
 * Serves a route or a controller without a token and without a limit.
 *
 * @example
 * \@Public() \@Controller('health') class HealthController {}
 * @publicApi
 */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(IS_PUBLIC, true);
