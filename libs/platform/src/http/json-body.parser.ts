import type { FastifyInstance, FastifyRequest } from 'fastify';
import { validationFailed } from '../problems/platform.exception.ts';
import { assertSafeJson } from '../validation/safe-json.ts';

/**
 * Makes JSON the only accepted content type. An empty body counts as none, whatever the content type says: cancel,
 * start and complete need no body, and many clients send the header all the same.
 */
export function acceptJsonOnly(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    (_request: FastifyRequest, body: string, done: (error: Error | null, value?: unknown) => void) => {
      try {
        done(null, parseBody(body));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

function parseBody(body: string): unknown {
  if (body.trim() === '') return undefined;
  const value = parseJson(body);
  assertSafeJson(value);
  return value;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (cause) {
    throw validationFailed([{ field: 'body', message: 'is not valid JSON' }], { cause });
  }
}
