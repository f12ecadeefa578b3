import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { bookingTurn } from './booking-turn.ts';
import type { LoadTurn } from './load.interface.ts';
import { runTurn } from './run-turn.ts';

const MEASURE_MS = 50;
/** A service that stands still for longer than the whole turn. */
const LATE_MS = 2 * MEASURE_MS;

let answer: (response: ServerResponse, nth: number) => void;
let asked: number;
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => answer(response, ++asked));
});
const end = (response: ServerResponse): void => void response.end('{}');
const endLate = (response: ServerResponse): void => void setTimeout(() => end(response), LATE_MS);

const turn = (given: Partial<LoadTurn>): LoadTurn =>
  bookingTurn({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    customerPrefix: 'turn',
    connections: 1,
    measureMs: MEASURE_MS,
    ...given,
  });

beforeEach(async () => {
  asked = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
});

describe('a turn of the load', () => {
  it('lasts until one answer counts, however late it is', async () => {
    answer = endLate;
    const result = await runTurn(turn({ connections: 2 }));
    expect(result.statuses).toEqual({ 200: 2 });
    expect(result.p99Ms).toBeGreaterThanOrEqual(LATE_MS - 1);
    expect(result.perSecond).toBeGreaterThan(0);
    expect(result.perSecond).toBeLessThanOrEqual(1000 / (LATE_MS - 1));
  });

  it('counts each request that was due, whenever it is answered', async () => {
    answer = (response, nth) => (nth === 1 ? endLate(response) : end(response));
    const due = 5;
    const result = await runTurn(turn({ ratePerSecond: (1000 * due) / MEASURE_MS }));
    expect(result.statuses).toEqual({ 200: due });
    expect(result.perSecond).toBe((1000 * due) / MEASURE_MS);
    // The second of five was due a fifth of the turn after the first, and waited for it.
    expect(result.p50Ms).toBeGreaterThan(LATE_MS / 4);
    expect(result.p99Ms).toBeGreaterThanOrEqual(LATE_MS - 1);
  });

  it.each([0, 0.001])('asks once while it measures at a rate of %d', async (ratePerSecond) => {
    answer = end;
    const result = await runTurn(turn({ ratePerSecond, warmUpMs: MEASURE_MS }));
    expect(result.statuses).toEqual({ 200: 2 });
    expect(result.p99Ms).toBeGreaterThan(0);
  });
});
