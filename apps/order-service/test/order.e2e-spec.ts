import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { AnswerBody } from '../../../test/support/api-client.ts';
import { type BorrowedCluster, borrowCluster } from '../../../test/support/borrowed-cluster.ts';
import { describeDispatchAndList } from '../../../test/support/describe-dispatch-and-list.ts';
import { describeLifecycle } from '../../../test/support/describe-lifecycle.ts';
import { acceptBody, clientOf, pathOf, UUID_V7, validOrder } from '../../../test/support/requests.ts';

describeLifecycle('order');
describeDispatchAndList('order');

describe('the items of an order', () => {
  let cluster: BorrowedCluster;

  beforeAll(async () => {
    cluster = await borrowCluster();
  });

  afterAll(() => cluster.stop());

  const ITEMS = [
    { vehicleType: 'open', vehicleSubtype: '17 ft', quantity: 2 },
    { vehicleType: 'container', quantity: 1 },
  ];

  const newOrder = async (): Promise<AnswerBody> =>
    (await clientOf(cluster, 'order').post('/v1/orders', validOrder({ items: ITEMS }))).body;

  it('come back in their order, with ids, and add up to the trucks needed', async () => {
    const order = await newOrder();
    expect(order.trucksNeeded).toBe(3);
    expect(order.items).toEqual([
      { id: expect.stringMatching(UUID_V7), ...ITEMS[0], filled: 0 },
      { id: expect.stringMatching(UUID_V7), ...ITEMS[1], vehicleSubtype: null, filled: 0 },
    ]);
  });

  it('are filled one by one; the order is full when each of them is', async () => {
    const order = await newOrder();
    const accept = (item: number, trucks: number) =>
      clientOf(cluster, 'order', { role: 'transporter' }).post(
        pathOf('order', order.id, 'accept'),
        acceptBody(order, trucks, item),
      );
    expect(await accept(1, 1)).toMatchObject({ status: 200, body: { status: 'partially_filled' } });
    const again = await accept(1, 1);
    expect(again).toMatchObject({ status: 409, body: { code: 'NO_LONGER_AVAILABLE' } });
    const full = await accept(0, 2);
    expect(full).toMatchObject({ status: 200, body: { status: 'fully_filled', trucksFilled: 3 } });
    expect(full.body.items!.map(({ filled }) => filled)).toEqual([2, 1]);
  });

  it('of one order are not those of another', async () => {
    const [order, other] = [await newOrder(), await newOrder()];
    const transporter = clientOf(cluster, 'order', { role: 'transporter' });
    const answer = await transporter.post(pathOf('order', order.id, 'accept'), acceptBody(other, 1));
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'itemId' }] } });
    for (const { id } of [order, other]) {
      const { body } = await clientOf(cluster, 'order', { role: 'operator' }).get(pathOf('order', id));
      expect(body.trucksFilled).toBe(0);
    }
  });
});
