import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { AnswerBody, ApiAnswer } from '../support/api-client.ts';
import { type BorrowedCluster, borrowCluster } from '../support/borrowed-cluster.ts';
import { race } from '../support/race.ts';
import {
  acceptBody,
  clientOf,
  createBroadcast,
  type Kind,
  KINDS,
  newName,
  pathOf,
  validOrder,
} from '../support/requests.ts';

const TRANSPORTERS = 100;

/** @param rounds of cancel against accept, for each kind */
export function describeExactTrucks({ rounds }: { readonly rounds: number }): void {
  describe('trucks are exact', () => {
    let cluster: BorrowedCluster;

    beforeAll(async () => {
      cluster = await borrowCluster();
    });

    afterAll(() => cluster.stop());

    const newBroadcast = (kind: Kind, trucks: number): Promise<AnswerBody> =>
      createBroadcast(clientOf(cluster, kind), kind, trucks);

    const accept = (
      kind: Kind,
      broadcast: AnswerBody,
      { trucks = 1, item = 0, sub = newName('transporter'), replica = 0 } = {},
    ): Promise<ApiAnswer> =>
      clientOf(cluster, kind, { role: 'transporter', sub, replica }).post(
        pathOf(kind, broadcast.id, 'accept'),
        acceptBody(broadcast, trucks, item),
      );

    const read = async (kind: Kind, id: string): Promise<AnswerBody> =>
      (await clientOf(cluster, kind, { role: 'operator' }).get(pathOf(kind, id))).body;

    async function stepsOf(kind: Kind, id: string): Promise<string[]> {
      const { body } = await clientOf(cluster, kind, { role: 'operator' }).get(pathOf(kind, id, 'history'));
      return body.items!.map(({ from, to }) => `${String(from)}>${String(to)}`);
    }

    /** How often each outcome came, for example `{ '200': 10, '409 NO_LONGER_AVAILABLE': 90 }`. */
    function tally({ fulfilled, rejected }: { fulfilled: ApiAnswer[]; rejected: unknown[] }): object {
      expect(rejected).toEqual([]);
      const counts: Record<string, number> = {};
      for (const { status, body } of fulfilled) {
        const outcome = body.code === undefined ? String(status) : `${status} ${body.code}`;
        counts[outcome] = (counts[outcome] ?? 0) + 1;
      }
      return counts;
    }

    it('of 100 transporters at once on 10 trucks of a booking, 10 get one', async () => {
      const booking = await newBroadcast('booking', 10);
      const outcome = await race(TRANSPORTERS, (n) => accept('booking', booking, { replica: n % 2 }));
      expect(tally(outcome)).toEqual({ 200: 10, '409 NO_LONGER_AVAILABLE': 90 });
      expect(await read('booking', booking.id)).toMatchObject({ status: 'fully_filled', trucksFilled: 10 });
    });

    it('of 100 transporters at once on the items of an order, each item gets as many as it asked for', async () => {
      const quantities = [1, 7, 2];
      const items = quantities.map((quantity, n) => ({ vehicleType: `type-${n}`, quantity }));
      const { body: order } = await clientOf(cluster, 'order').post('/v1/orders', validOrder({ items }));
      expect(order.trucksNeeded).toBe(10);
      const outcome = await race(TRANSPORTERS, (n) =>
        accept('order', order, { item: n % 3, replica: n % 2 }),
      );
      expect(tally(outcome)).toEqual({ 200: 10, '409 NO_LONGER_AVAILABLE': 90 });
      const filled = await read('order', order.id);
      expect(filled).toMatchObject({ status: 'fully_filled', trucksFilled: 10 });
      expect(filled.items!.map((item) => item.filled)).toEqual(quantities);
    });

    describe.each(KINDS)('a %s', (kind) => {
      it('counts the accept that a transporter repeats 20 times at once only once', async () => {
        const broadcast = await newBroadcast(kind, 10);
        const sub = newName('transporter');
        const outcome = await race(20, (n) => accept(kind, broadcast, { sub, trucks: 3, replica: n % 2 }));
        expect(tally(outcome)).toEqual({ 200: 20 });
        expect(await read(kind, broadcast.id)).toMatchObject({ status: 'partially_filled', trucksFilled: 3 });
      });

      it('still answers a repeated accept with 200 when it has been filled', async () => {
        const broadcast = await newBroadcast(kind, 1);
        const sub = newName('transporter');
        for (let times = 0; times < 2; times++) {
          const { status, body } = await accept(kind, broadcast, { sub });
          expect({ status, trucksFilled: body.trucksFilled }).toEqual({ status: 200, trucksFilled: 1 });
        }
      });

      it('takes all of an offer or nothing', async () => {
        const broadcast = await newBroadcast(kind, 10);
        expect((await accept(kind, broadcast, { trucks: 6 })).status).toBe(200);
        const sub = newName('transporter');
        const tooMany = await accept(kind, broadcast, { trucks: 5, sub });
        expect({ status: tooMany.status, code: tooMany.body.code }).toEqual({
          status: 409,
          code: 'NO_LONGER_AVAILABLE',
        });
        expect((await read(kind, broadcast.id)).trucksFilled).toBe(6);
        // The refused offer left nothing behind that would make this one look like a repetition.
        const rest = await accept(kind, broadcast, { trucks: 4, sub });
        expect(rest).toMatchObject({ status: 200, body: { status: 'fully_filled', trucksFilled: 10 } });
      });

      it(`in a race of cancel and accept-to-full has one winner, whole, ${rounds} times`, async () => {
        const owner = clientOf(cluster, kind);
        const seen = { acceptFirst: 0, cancelFirst: 0 };
        for (let round = 0; round < rounds; round++) {
          const broadcast = await createBroadcast(owner, kind, 2);
          const cancel = (): Promise<ApiAnswer> => owner.post(pathOf(kind, broadcast.id, 'cancel'));
          const fill = (): Promise<ApiAnswer> => accept(kind, broadcast, { trucks: 2, replica: 1 });
          const calls = round % 2 === 0 ? [fill, cancel] : [cancel, fill];
          const { fulfilled } = await race(2, (n) => calls[n]!());
          const [filled, cancelled] = round % 2 === 0 ? fulfilled : fulfilled.toReversed();

          expect(cancelled!.status).toBe(200);
          const { status, trucksFilled } = await read(kind, broadcast.id);
          expect(status).toBe('cancelled');
          const steps = await stepsOf(kind, broadcast.id);
          expectUnbroken(steps);
          if (filled!.status === 200) {
            seen.acceptFirst += 1;
            expect(trucksFilled).toBe(2);
            expect(steps.slice(-1)).toEqual(['fully_filled>cancelled']);
          } else {
            seen.cancelFirst += 1;
            expect(filled!.body.code).toBe('INVALID_TRANSITION');
            expect(trucksFilled).toBe(0);
            expect(steps.at(-1)).toMatch(/^(created|broadcasting|active)>cancelled$/);
          }
        }
        expect(seen.acceptFirst + seen.cancelFirst).toBe(rounds);
      });
    });
  });
}

/** Each step begins where the one before ended, and the first begins with nothing. */
function expectUnbroken(steps: readonly string[]): void {
  const pairs = steps.map((step) => step.split('>'));
  expect(pairs.map(([from]) => from)).toEqual(['null', ...pairs.slice(0, -1).map(([, to]) => to)]);
}
