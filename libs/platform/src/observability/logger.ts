import { pino, type Logger } from 'pino';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Params } from 'nestjs-pino';
import type { Environment } from '../config/environment.interface.ts';

/** Wherever a token may turn up: as a header of a request, or in an object somebody logs. */
const SECRETS = ['authorization', '*.authorization', 'req.headers.authorization', 'req.headers.cookie'];

/** Probes and scrapes come every few seconds and say nothing. */
const SILENT_PATHS = ['/health/', '/metrics'];

/** As pino takes them: file descriptors. */
const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;

/**
 * The process's logger: JSON lines from `LOG_LEVEL` on, tokens removed.
 *
 * @param toStandardError for a command whose standard output is its result. @default false
 * @publicApi
 */
export function createLogger(env: Environment, name: string, toStandardError = false): Logger {
  return pino(
    { name, level: env.logLevel, redact: { paths: SECRETS, censor: '[redacted]' } },
    pino.destination(toStandardError ? STANDARD_ERROR : STANDARD_OUTPUT),
  );
}

/** What nestjs-pino needs; each answered request is a line at `debug`, at `warn` when it is our fault. */
export function loggerParams(env: Environment, name: string, toStandardError = false): Params {
  return {
    pinoHttp: {
      logger: createLogger(env, name, toStandardError),
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
