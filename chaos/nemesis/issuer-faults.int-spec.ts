import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { type Actor, createApiClient } from '../../test/support/api-client.ts';
import { type Timed, timed } from '../../test/support/customer.ts';
import { waitFor } from '../../test/support/wait.ts';
import { seededRandom } from '../random.ts';
import { Issuer } from '../site/issuer.ts';
import type { Replica, Site } from '../site/site.interface.ts';
import { startSite } from '../site/start-site.ts';
import type { Undo } from './fault.interface.ts';
import { ISSUER_FAULTS } from './faults/issuer.fault.ts';

const ACTOR: Actor = { sub: 'of-the-issuer', role: 'customer' };
/** An answer to one whom the service knows: there is no broadcast. */
const KNOWN = 204;
const ANSWER_LIMIT_MS = 5000;

let site: Site;
let stranger: Issuer;
let fresh: Replica;
let settled: Replica;

beforeAll(async () => {
  [site, stranger] = await Promise.all([startSite({ replicas: 1 }), Issuer.start()]);
  [fresh, settled] = site.replicas as [Replica, Replica];
});

afterEach(() => site.heal());
afterAll(() => Promise.all([site.stop(), stranger.stop()]));

/** The status, and how long it took. */
function ask({ url }: Replica, token: string): Promise<Timed<number>> {
  const headers = { authorization: `Bearer ${token}` };
  return timed(
    async () => (await createApiClient(url, null).get('/v1/active-broadcast', { headers })).status,
  );
}

async function expectKnown(replica: Replica, token: string): Promise<void> {
  expect((await ask(replica, token)).value).toBe(KNOWN);
}

/** Keys that have to be fetched may take more than one request on a busy machine: 503 until they are there. */
async function expectSoonKnown(replica: Replica, token: string): Promise<void> {
  const isKnown = async (): Promise<boolean> => {
    const { value } = await ask(replica, token);
    expect([KNOWN, 503]).toContain(value);
    return value === KNOWN;
  };
  await waitFor(isKnown, { timeoutMs: 5000 });
}

/** Not known, or not to be found out now; never a failure of the service itself, and never silence. */
async function expectNoEntry(replica: Replica, token: string, statuses: readonly number[]): Promise<void> {
  const { value, ms } = await ask(replica, token);
  expect(statuses).toContain(value);
  expect(ms).toBeLessThan(ANSWER_LIMIT_MS);
}

function apply(name: string): Promise<Undo> {
  const fault = ISSUER_FAULTS.find((one) => one.name === name)!;
  return fault.apply(site, 'issuer', seededRandom(1));
}

describe('the keys of the issuer', () => {
  it.each(['jwks-refused', 'jwks-hang'])(
    '%s: a known key works, an unknown one is refused in time, and a service without keys has them afterwards',
    async (name) => {
      const token = await site.issuer.sign(ACTOR);
      await expectKnown(settled, token);
      await fresh.restart();
      const undo = await apply(name);
      await expectKnown(settled, token);
      await expectNoEntry(settled, await stranger.sign(ACTOR), [401, 503]);
      await expectNoEntry(fresh, token, [503]);
      await undo();
      await expectSoonKnown(fresh, token);
    },
  );

  it('jwks-rotate: the new key is found by its first token, and by one who has just fetched refused until 30 s later', async () => {
    const before = await site.issuer.sign(ACTOR);
    await fresh.restart();
    await expectKnown(settled, before);
    const undo = await apply('jwks-rotate');
    const after = await site.issuer.sign(ACTOR);
    await expectSoonKnown(fresh, after);
    await expectKnown(fresh, before);
    await expectNoEntry(settled, after, [401]);
    await undo();
    await fresh.restart();
    await expectSoonKnown(fresh, after);
    await expectNoEntry(fresh, before, [401]);
  });
});
