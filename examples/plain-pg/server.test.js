import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import pg from 'pg';
import { doctor } from 'single-active';

import { migrate } from './migrate.js';
import { createRideServer } from './server.js';
import rule from './single-active.config.mjs';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const server = createRideServer(pool);
const post = async (path) => {
  const response = await fetch(`http://localhost:${server.address().port}${path}`, { method: 'POST' });
  return { status: response.status, body: await response.json() };
};

before(async () => {
  await migrate(pool);
  await migrate(pool); // as each start does
  await once(server.listen(0), 'listening');
});
after(async () => {
  await new Promise((resolve) => server.close(resolve));
  await pool.end();
});

test('a rider who taps ten times at once has one ride', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => post('/riders/ann/rides')));
  const created = answers.filter(({ status }) => status === 201);
  assert.equal(created.length, 1);
  const refused = answers.filter(({ status }) => status === 409);
  assert.equal(refused.length, 9);
  for (const { body } of refused) assert.equal(String(body.ride), created[0].body.id);
});

test('the next ride follows once the first is cancelled', async () => {
  const first = await post('/riders/bob/rides');
  assert.equal((await post('/riders/bob/rides')).status, 409);
  assert.equal((await post(`/rides/${first.body.id}/cancel`)).status, 200);
  assert.equal((await post('/riders/bob/rides')).status, 201);
});

test('a writer that goes past the application is refused, too', async () => {
  await post('/riders/eve/rides');
  await assert.rejects(pool.query("INSERT INTO rides (rider_id, status) VALUES ('eve', 'on_trip')"), {
    code: '23505',
  });
});

test('the database keeps the rule', async () => {
  assert.deepEqual(await doctor(pool, rule), { ok: true, findings: [] });
});
