import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { PlatformException, validationFailed } from '../problems/platform.exception.ts';
import { PLATFORM_PROBLEMS } from '../problems/problem.constants.ts';
import { mapToProblem } from '../problems/problem.mapper.ts';
import { refuseOtherMethods } from './allowed-methods.hook.ts';
import type { Admission } from './admission.ts';
import type { DrainState } from './drain-state.service.ts';
import { tagReads } from './entity-tag.hook.ts';
import { acceptJsonOnly } from './json-body.parser.ts';
import { arrivedNow } from './request-arrival.ts';

/** The largest request we know has 6 KB; more only costs memory. */
const BODY_LIMIT_BYTES = 32 * 1024;
/** For a whole request to arrive: a client that drips bytes holds a socket no longer than that. */
const REQUEST_TIMEOUT_MS = 4_500;
const MAX_HEADER_BYTES = 16 * 1024;
/** An id is 36 characters; anything a little longer is answered by its route with 404. */
const MAX_PATH_PARAMETER = 512;

const TOO_MANY_REQUESTS = 429;
/**
 * Whoever has asked too much is told so a little later. It slows down only who asks again as soon as there is an answer, and
 * would otherwise keep the processor from everybody else with refusals.
 */
const TOO_MANY_PAUSE_MS = 100;

/** Fastify with our limits; JSON is the only body it takes, and what Fastify itself refuses is a problem too. */
export function createFastifyAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: false,
    genReqId: () => randomUUID(),
    http: {
      headersTimeout: REQUEST_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Node looks for late requests only this often; its default is 30 s.
      connectionsCheckingInterval: 500,
    },
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: answerUnroutable,
  });
  const server = adapter.getInstance<FastifyInstance>();
  acceptJsonOnly(server);
  refuseOtherMethods(server);
  tagReads(server);
  return adapter;
}

/**
 * Gives up the place of a request. It lies on the request itself: a collection of the young objects keeps what a WeakMap holds
 * for them whether they are in use or not, and by it everything that the request had led to.
 *
 * @see https://github.com/v8/v8/blob/main/src/heap/scavenger.cc VisitEphemeronHashTable
 */
const LEAVE = Symbol('leave');

declare module 'fastify' {
  interface FastifyRequest {
    [LEAVE]: (() => void) | null;
  }
}

/**
 * Counts requests, notes when they came, lets writes in by turns, and lets clients know on each answer that this process is
 * going away.
 */
export function trackRequests(server: FastifyInstance, drain: DrainState, admission: Admission): void {
  server.decorateRequest(LEAVE, null);
  server.addHook('onRequest', (_request, reply, done) => {
    drain.enter();
    // Not Fastify's onResponse: it never comes for a client that left before its answer was written.
    reply.raw.once('close', () => drain.leave());
    done();
  });
  // Its body has been read: a slow client's own time is not the handler's.
  server.addHook('preHandler', (request, reply, done) =>
    arrivedNow(() => {
      // Probes must not wait, and reads are cheap, or streams that last for hours. Of one that has left nobody would hear.
      if (request.method !== 'POST' || reply.raw.closed) {
        done();
        return;
      }
      const leave = admission.enter(done, done);
      request[LEAVE] = leave;
      reply.raw.once('close', leave);
    }),
  );
  server.addHook('onSend', (request, reply, payload, done) => {
    request[LEAVE]?.();
    if (drain.isDraining) void reply.header('connection', 'close');
    if (reply.statusCode === TOO_MANY_REQUESTS) setTimeout(done, TOO_MANY_PAUSE_MS, null, payload);
    else done(null, payload);
  });
}

/** The router refuses before any Nest code runs. */
function answerUnroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const refusal =
    error.code === 'FST_ERR_BAD_URL'
      ? validationFailed([{ field: 'path', message: 'is not a valid URL' }])
      : new PlatformException('NOT_FOUND', 'There is no such path.');
  const { problem } = mapToProblem(refusal, request.url.split('?', 1)[0] ?? '', PLATFORM_PROBLEMS);
  void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** Node refuses before there is a request: headers too large, too slow, or not HTTP at all. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { problem } = mapToProblem(refusalOf(error.code), '', PLATFORM_PROBLEMS);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} Bad Request`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function refusalOf(code: string | undefined): PlatformException {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new PlatformException('HEADERS_TOO_LARGE', `Headers may have ${MAX_HEADER_BYTES} bytes in all.`);
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new PlatformException('REQUEST_TIMEOUT', `A request must arrive within ${REQUEST_TIMEOUT_MS} ms.`);
  }
  return validationFailed([{ field: 'request', message: 'is not valid HTTP' }]);
}
