import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource, EntityManager } from 'typeorm';
import { race } from '../../../../test/support/race.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect } from '../../test/data-source.ts';
import {
  IdempotencyInProgressException,
  IdempotencyKeyReusedException,
} from '../exceptions/idempotency.exceptions.ts';
import { IdempotencyRepository, type IdempotencyScope } from './idempotency.repository.ts';
import { IdempotencyService } from './idempotency.service.ts';

const request = {
  actorId: 'c1',
  route: 'POST /v1/parcels',
  key: 'k',
  requestHash: Buffer.from('1'),
};
const other = { ...request, requestHash: Buffer.from('2') };
const answer = { status: 201, headers: {}, body: { id: '1' } };

class CountedRepository extends IdempotencyRepository {
  claims = 0;

  override claim(on: EntityManager, scope: IdempotencyScope): Promise<boolean> {
    this.claims++;
    return super.claim(on, scope);
  }
}

describe('requests with one key in one process', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let repository: CountedRepository;
  let service: IdempotencyService;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database);
  });

  beforeEach(async () => {
    await database.query('TRUNCATE customer_broadcast_idempotency_keys');
    repository = new CountedRepository(dataSource);
    service = new IdempotencyService(dataSource, repository);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** Begins a request, and returns when it is being carried out. */
  async function begin(): Promise<{ end: (error?: Error) => void; answer: Promise<unknown> }> {
    let end!: (error?: Error) => void;
    const ended = new Promise<void>(
      (resolve, reject) => (end = (error) => (error ? reject(error) : resolve())),
    );
    return new Promise((resolve) => {
      const first = service.run(request, () => {
        resolve({ end, answer: first });
        return ended.then(() => answer);
      });
    });
  }

  const never = (): Promise<never> => Promise.reject(new Error('It was carried out twice.'));

  it('have one effect, and one of them alone asks for the claim', async () => {
    const first = await begin();
    const repeated = race(49, () => service.run(request, never));
    // Behind whatever they ask: the pool serves in turn.
    for (let turn = 0; turn < 5; turn++) await dataSource.query('SELECT 1');
    first.end();
    expect(await first.answer).toEqual({ ...answer, replayed: false });
    expect(await repeated).toEqual({
      fulfilled: Array.from({ length: 49 }, () => ({ ...answer, replayed: true })),
      rejected: [],
    });
    expect(repository.claims).toBe(1);
  });

  it('are carried out one after the other as long as they are refused', async () => {
    const first = await begin();
    let running = 0;
    let carriedOut = 0;
    const repeated = race(20, () =>
      service.run(request, async () => {
        expect(++running).toBe(1);
        await dataSource.query('SELECT 1');
        running--;
        if (++carriedOut < 5) throw new Error('refused');
        return answer;
      }),
    );
    first.end(new Error('refused'));
    await expect(first.answer).rejects.toThrow('refused');
    const { fulfilled, rejected } = await repeated;
    expect(carriedOut).toBe(5);
    expect(rejected).toHaveLength(4);
    expect(fulfilled.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(fulfilled).toHaveLength(16);
  });

  it('are told so when the first one takes longer than they wait, and leave it alone', async () => {
    const first = await begin();
    await expect(service.run(request, never)).rejects.toThrow(IdempotencyInProgressException);
    first.end();
    expect(await first.answer).toEqual({ ...answer, replayed: false });
    expect(await service.run(request, never)).toEqual({ ...answer, replayed: true });
  });

  it('are told after they have waited that the key is that of another request', async () => {
    const first = await begin();
    const second = service.run(other, never);
    first.end();
    await expect(second).rejects.toThrow(IdempotencyKeyReusedException);
    await first.answer;
  });

  it('do not wait for those of another user, route or key', async () => {
    const first = await begin();
    for (const strange of [{ actorId: 'c2' }, { route: 'POST /v1/rides' }, { key: 'K' }]) {
      const run = service.run({ ...request, ...strange }, () => Promise.resolve(answer));
      expect(await run).toEqual({ ...answer, replayed: false });
    }
    first.end();
    await first.answer;
  });
});
