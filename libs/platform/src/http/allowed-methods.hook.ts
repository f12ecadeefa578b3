import type { FastifyInstance } from 'fastify';
import { PlatformException } from '../problems/platform.exception.ts';

/** The segments of a route, and the methods that it has. */
interface KnownPath {
  readonly segments: readonly string[];
  readonly methods: Set<string>;
}

/**
 * Answers 405 with `Allow` where the path is known and only the method is not; an unknown path stays 404. Fastify's router
 * tells neither, so the routes are noted as they are registered. Call it before the first one is.
 *
 * @throws PlatformException METHOD_NOT_ALLOWED, before the body is read and before anybody is asked for a token
 */
export function refuseOtherMethods(server: FastifyInstance): void {
  const known = new Map<string, KnownPath>();
  server.addHook('onRoute', ({ url, method }) => {
    // A wildcard is for files, of which the router does not know whether they exist.
    if (url.includes('*')) return;
    const path = known.get(url) ?? { segments: segmentsOf(url), methods: new Set() };
    for (const name of [method].flat()) path.methods.add(name);
    known.set(url, path);
  });
  server.addHook('onRequest', (request, reply, done) => {
    const allowed = request.is404 ? methodsOf(request.url, known) : [];
    if (allowed.length === 0 || allowed.includes(request.method)) {
      done();
      return;
    }
    void reply.header('allow', allowed.join(', '));
    done(
      new PlatformException(
        'METHOD_NOT_ALLOWED',
        `${request.method} is not possible here; ${allowed.join(', ')} is.`,
      ),
    );
  });
}

function methodsOf(url: string, known: ReadonlyMap<string, KnownPath>): string[] {
  const segments = segmentsOf(url.split('?', 1)[0] ?? '');
  const methods = [...known.values()]
    .filter((path) => matches(path.segments, segments))
    .flatMap((path) => [...path.methods]);
  return [...new Set(methods)].sort();
}

function segmentsOf(path: string): string[] {
  return path.split('/');
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]))
  );
}
