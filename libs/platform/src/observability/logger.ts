import { pino, type Logger, type LoggerOptions } from 'pino';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Params } from 'nestjs-pino';
import type { Environment } from '../config/environment.interface.ts';

/** Wherever a token may turn up: as a header of a request, or in an object somebody logs. */
const SECRETS = ['authorization', '*.authorization', 'req.headers.authorization', 'req.headers.cookie'];

/** Probes and scrapes come every few seconds and say nothing. */
const SILENT_PATHS = ['/health/', '/metrics'];

/** Nest's inventory of modules and routes: dozens of lines at each start, of interest when a module is missing. */
const INVENTORY = ['InstanceLoader', 'RouterExplorer', 'RoutesResolver'];

/** Where log lines go: `stderr` for a command whose standard output is its result. @publicApi */
export type LogOutput = 'stdout' | 'stderr';

/** The process's logger: JSON lines, from `LOG_LEVEL` on, tokens removed; Nest's inventory at `debug`. @publicApi */
export function createLogger(env: Environment, name: string, output: LogOutput = 'stdout'): Logger {
  const options: LoggerOptions = {
    name,
    level: env.logLevel,
    redact: { paths: SECRETS, censor: '[redacted]' },
    hooks: {
      logMethod(args, method, level) {
        if (level === this.levels.values.info && isInventory(args[0])) this.debug(...args);
        else method.apply(this, args);
      },
    },
  };
  return pino(options, pino.destination(output === 'stdout' ? 1 : 2));
}

function isInventory(fields: unknown): boolean {
  if (typeof fields !== 'object' || fields === null || !('context' in fields)) return false;
  return INVENTORY.includes(String(fields.context));
}

/** What nestjs-pino needs; each answered request is a line at `debug`, at `warn` when it is our fault. */
export function loggerParams(env: Environment, name: string, output?: LogOutput): Params {
  return {
    pinoHttp: {
      logger: createLogger(env, name, output),
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
