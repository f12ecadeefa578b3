import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientProxy } from '@nestjs/microservices';
import { firstValueFrom, timeout } from 'rxjs';

import type { Actor, AnswerBody } from '../support/api-client.ts';
import { type BorrowedCluster, borrowCluster } from '../support/borrowed-cluster.ts';
import { createNestClient } from '../support/nest-client.ts';
import { race } from '../support/race.ts';
import { acceptBody, KINDS, newName, validBody } from '../support/requests.ts';
import { listRows } from '../support/rows.ts';

describe('a message that is repeated with its idempotency key', () => {
  let cluster: BorrowedCluster;
  let client: ClientProxy;

  beforeAll(async () => {
    cluster = await borrowCluster();
    client = createNestClient(cluster.redis.url);
  });

  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  const send = (pattern: string, actor: Actor, payload: object): Promise<AnswerBody> =>
    firstValueFrom(client.send<AnswerBody>(pattern, { ...payload, actor }).pipe(timeout(5000)));

  const problemOf = (pattern: string, actor: Actor, payload: object): Promise<AnswerBody> =>
    send(pattern, actor, payload).then(
      (answer) => Promise.reject(new Error(`answered with ${JSON.stringify(answer)}`)),
      (problem: unknown) => problem as AnswerBody,
    );

  const newCustomer = (): Actor => ({ sub: newName('customer'), role: 'customer' });

  describe.each(KINDS)('about a %s', (kind) => {
    it('is answered as the first time, for create, accept and cancel', async () => {
      const customer = newCustomer();
      const transporter: Actor = { sub: newName('transporter'), role: 'transporter' };
      const create = { ...validBody(kind, 3), idempotencyKey: 'k' };
      const created = await send(`${kind}.create`, customer, create);
      const about = { id: created.id, idempotencyKey: 'k' };
      const accept = { ...about, ...acceptBody(created, 1) };
      const accepted = await send(`${kind}.accept`, transporter, accept);
      const cancelled = await send(`${kind}.cancel`, customer, about);
      expect([created.status, accepted.status, cancelled.status]).toEqual([
        'created',
        'partially_filled',
        'cancelled',
      ]);
      expect(await send(`${kind}.create`, customer, create)).toEqual(created);
      expect(await send(`${kind}.accept`, transporter, accept)).toEqual(accepted);
      expect(await send(`${kind}.cancel`, customer, about)).toEqual(cancelled);
      expect(await listRows(cluster.database, customer.sub)).toHaveLength(1);
    });

    it('is refused with another body, and with a key that is none', async () => {
      const customer = newCustomer();
      await send(`${kind}.create`, customer, { ...validBody(kind), idempotencyKey: 'k' });
      const other = { ...validBody(kind, 2), idempotencyKey: 'k' };
      expect(await problemOf(`${kind}.create`, customer, other)).toMatchObject({
        status: 422,
        code: 'IDEMPOTENCY_KEY_REUSED',
      });
      for (const idempotencyKey of ['', 'x'.repeat(256), 'a\u0000b', 'a\nb', 7, null, {}, '\ud800']) {
        const problem = await problemOf(`${kind}.create`, newCustomer(), {
          ...validBody(kind),
          idempotencyKey,
        });
        expect(problem).toMatchObject({
          status: 400,
          code: 'VALIDATION_FAILED',
          errors: [{ field: 'idempotencyKey' }],
        });
      }
    });

    it('has one effect and one answer, 50 times at once', async () => {
      const customer = newCustomer();
      const { fulfilled, rejected } = await race(50, () =>
        send(`${kind}.create`, customer, { ...validBody(kind), idempotencyKey: 'k' }),
      );
      expect(rejected).toEqual([]);
      expect(new Set(fulfilled.map(({ id }) => id)).size).toBe(1);
      expect(await listRows(cluster.database, customer.sub)).toHaveLength(1);
    });
  });
});
