import { HttpException, NotFoundException, ServiceUnavailableException } from '@nestjs/common';
import { describe, expect, test } from '@jest/globals';
import { ConnectionIsNotSetError, EntityMetadataNotFoundError, QueryFailedError } from 'typeorm';
import { PlatformException, validationFailed } from './platform.exception.ts';
import { PLATFORM_PROBLEMS } from './problem.constants.ts';
import { mapToProblem } from './problem.mapper.ts';

const TABLE = {
  ...PLATFORM_PROBLEMS,
  ORDER_ACTIVE_EXISTS: { status: 409, title: 'Already active', retryAfterSeconds: 5 },
};

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

function queryFailure(code: string): QueryFailedError {
  return new QueryFailedError('SELECT secret_column', [], withCode('secret_constraint', code));
}

const map = (error: unknown) => mapToProblem(error, '/v1/things', TABLE);

describe('mapToProblem', () => {
  test("knows a library's error by its code and spreads its details", () => {
    const error = Object.assign(new Error('Request already in progress. Cancel it first.'), {
      code: 'ORDER_ACTIVE_EXISTS',
      details: { activeBroadcast: { id: '1' }, retryAfterSeconds: 42 },
    });
    expect(map(error)).toEqual({
      cause: 'refusal',
      retryAfterSeconds: 42,
      problem: {
        type: '/problems/order-active-exists',
        title: 'Already active',
        status: 409,
        detail: 'Request already in progress. Cancel it first.',
        instance: '/v1/things',
        code: 'ORDER_ACTIVE_EXISTS',
        activeBroadcast: { id: '1' },
      },
    });
  });

  test("takes the table's pause when the error has none of its own", () => {
    expect(map(withCode('taken', 'ORDER_ACTIVE_EXISTS')).retryAfterSeconds).toBe(5);
  });

  test('lets no detail replace a standard member', () => {
    const error = new PlatformException('FORBIDDEN', 'no', { status: 200, code: 'X', extra: 1 });
    expect(map(error).problem).toMatchObject({ status: 403, code: 'FORBIDDEN', extra: 1 });
  });

  test('carries the fields of a validation failure', () => {
    const { problem } = map(validationFailed([{ field: 'items.0.quantity', message: 'must be a number' }]));
    expect(problem).toMatchObject({
      status: 400,
      errors: [{ field: 'items.0.quantity', message: 'must be a number' }],
    });
  });

  test.each<[Error, number, string]>([
    [new NotFoundException('Cannot GET /x'), 404, 'NOT_FOUND'],
    [new HttpException('large', 413), 413, 'PAYLOAD_TOO_LARGE'],
    [new HttpException('xml', 415), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [new HttpException('teapot', 418), 400, 'VALIDATION_FAILED'],
    [new ServiceUnavailableException(), 503, 'DEPENDENCY_UNAVAILABLE'],
  ])('maps the framework error %s', (error, status, code) => {
    expect(map(error).problem).toMatchObject({ status, code });
  });

  test.each([
    '57P01',
    '57P02',
    '57P03',
    '53300',
    '08006',
    '08001',
    '57014',
    '55P03',
    '40P01',
    '40001',
    '25006',
  ])('maps SQLSTATE %s to 503 and leaks nothing of the statement', (code) => {
    const { problem, retryAfterSeconds, cause } = map(queryFailure(code));
    expect(problem).toMatchObject({ status: 503, code: 'DEPENDENCY_UNAVAILABLE' });
    expect({ retryAfterSeconds, cause }).toEqual({ retryAfterSeconds: 1, cause: 'dependency' });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  test.each<[string, Error]>([
    ['a refused connection', withCode('connect', 'ECONNREFUSED')],
    ['a reset connection', withCode('read', 'ECONNRESET')],
    ['a refusal of each address', new AggregateError([withCode('connect ::1', 'ECONNREFUSED')])],
    ['an exhausted pool', new Error('timeout exceeded when trying to connect')],
    ['a silent server', new Error('Query read timeout')],
    ['a lost connection', new Error('Connection terminated unexpectedly')],
    ['a data source without a pool', new Error('Driver not Connected')],
    ['a data source that is not connected', new ConnectionIsNotSetError('postgres')],
    ['a data source that never was connected', new EntityMetadataNotFoundError('Booking')],
    ['a wrapped failure', new Error('cannot create', { cause: withCode('connect', 'ECONNREFUSED') })],
    [
      'a plan that a change of its table made void',
      Object.assign(withCode('cached plan', '0A000'), { routine: 'RevalidateCachedQuery' }),
    ],
    ['a Redis that does not answer', new Error('Command timed out')],
    ['a Redis that does not answer in time', new Error('No answer within 100 ms')],
  ])('maps %s to 503', (_, error) => {
    expect(map(error).problem).toMatchObject({ status: 503, code: 'DEPENDENCY_UNAVAILABLE' });
  });

  test.each<[string, unknown]>([
    ['an error without a code', new TypeError('x is undefined at secret.ts')],
    ['a feature that Postgres lacks', withCode('secret', '0A000')],
    ['an error with an unknown code', withCode('secret', 'WHATEVER')],
    ["an error whose code is one of Object's own names", withCode('secret', 'constructor')],
    ['a constraint violation nobody handled', queryFailure('23505')],
    ['an internal HTTP exception', new HttpException('secret', 500)],
    ['something that is not an error', { code: 'FORBIDDEN', message: 'secret' }],
  ])('maps %s to 500 and leaks nothing', (_, error) => {
    const mapped = map(error);
    expect(mapped.problem).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
    expect(mapped.cause).toBe('bug');
    expect(JSON.stringify(mapped)).not.toContain('secret');
  });

  test('survives a cycle of causes', () => {
    const error = new Error('a');
    error.cause = error;
    expect(map(error).problem.status).toBe(500);
  });
});
