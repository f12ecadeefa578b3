import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';

/** Probes, metrics and pages say themselves how long they may be kept. */
const CACHED_PATHS = '/v1/';
/** Somebody's own answer: only their cache may keep it, and has to ask whether it is still true. */
const READ_CACHING = 'private, no-cache';
/** What happened once is no answer for the next time. */
const WRITE_CACHING = 'no-store';

/**
 * Gives every answer to a read under `/v1/` a strong ETag of its body, and answers 304 without a body to whoever has that
 * body already (`If-None-Match`: one tag, a list, or `*`; compared weakly). The handler runs all the same: it saves the
 * transfer, never the check who may see it. No answer to a write may be stored.
 *
 * Not `@fastify/etag`: it compares the header with one tag as a whole, so that lists and `*` never match, and tags the
 * answers to writes as well.
 *
 * @see RFC 9110, sections 8.8.3 and 13.1.2
 */
export function tagReads(server: FastifyInstance): void {
  server.addHook('onSend', (request: FastifyRequest, reply: FastifyReply, payload: unknown, done) => {
    if (!(request.routeOptions.url ?? '').startsWith(CACHED_PATHS)) {
      done(null, payload);
      return;
    }
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!reply.hasHeader('cache-control')) {
      void reply.header('cache-control', isRead ? READ_CACHING : WRITE_CACHING);
    }
    if (!isRead || reply.statusCode !== 200 || typeof payload !== 'string') {
      done(null, payload);
      return;
    }
    const tag = `"${createHash('sha256').update(payload).digest('base64url')}"`;
    void reply.header('etag', tag);
    if (!isListed(tag, request.headers['if-none-match'])) {
      done(null, payload);
      return;
    }
    void reply.status(304).removeHeader('content-type').removeHeader('content-length');
    // What answers HEAD drops the body itself, and counts its bytes first.
    done(null, request.method === 'HEAD' ? payload : null);
  });
}

/** The weak comparison: `W/` makes no difference. */
function isListed(tag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.match(/"[^"]*"/g)?.some((listed) => listed === tag) ?? false;
}
