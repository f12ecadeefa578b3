import { pino, type Logger } from 'pino';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Params } from 'nestjs-pino';
import type { Environment } from '../config/environment.interface.ts';

/** Wherever a token may turn up: as a header of a request, or in an object somebody logs. */
const SECRETS = ['authorization', '*.authorization', 'req.headers.authorization', 'req.headers.cookie'];

/** Probes and scrapes come every few seconds and say nothing. */
const SILENT_PATHS = ['/health/', '/metrics'];

/** The process's logger: JSON lines on standard output, from `LOG_LEVEL` on, tokens removed. @publicApi */
export function createLogger(env: Environment, name: string): Logger {
  return pino({ name, level: env.logLevel, redact: { paths: SECRETS, censor: '[redacted]' } });
}

/** What nestjs-pino needs; each answered request is a line at `debug`, at `warn` when it is our fault. */
export function loggerParams(env: Environment, name: string): Params {
  return {
    pinoHttp: {
      logger: createLogger(env, name),
      autoLogging: { ignore: ({ url = '' }) => SILENT_PATHS.some((path) => url.startsWith(path)) },
      customLogLevel: (_request: IncomingMessage, { statusCode }: ServerResponse) =>
        statusCode >= 500 ? 'warn' : 'debug',
      // The whole request would be in each line otherwise, headers included.
      serializers: {
        req: ({ id, method, url }: { id: unknown; method: string; url: string }) => ({ id, method, url }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
    },
  };
}
