import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import pg from 'pg';
import { asSlotTaken } from 'single-active';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const requestRide = (rider) => pool.query('INSERT INTO dispatch.rides ("riderId") VALUES ($1)', [rider]);
const finishRides = (rider) =>
  pool.query(`UPDATE dispatch.rides SET state = 'DONE' WHERE "riderId" = $1 AND state = 'ON_TRIP'`, [rider]);
const columns = async () => {
  const { rows } = await pool.query(
    `SELECT attname, atttypid::regtype::text, attnum FROM pg_attribute
     WHERE attrelid = 'dispatch.rides'::regclass ORDER BY attnum`,
  );
  return rows;
};

/** `npx single-active …`, as one types it. */
function singleActive(...args) {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'single-active', ...args], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

before(async () => pool.query(await readFile('schema.sql', 'utf8')));
after(() => pool.end());

test('plan names the rider with two rides, and changes nothing', async () => {
  const { status, output } = singleActive('plan');
  assert.equal(status, 1, output);
  assert.match(output, /^ {2}2 +2 +ride 3, ride 4$/m);
  const { rows } = await pool.query("SELECT to_regnamespace('single_active') AS rules");
  assert.deepEqual(rows, [{ rules: null }]);
});

test('observe refuses nothing, and report counts what it would refuse', async () => {
  const before = await columns();
  assert.equal(singleActive('install', '--observe').status, 0);
  await requestRide(1);
  const { status, output } = singleActive('report', '--json');
  assert.equal(status, 1, output);
  const [report] = JSON.parse(output);
  assert.equal(report.observed.count, 1);
  assert.deepEqual(
    report.violations.map(({ key, rows }) => [key, rows.map(({ id }) => id)]),
    [
      ['1', [2, 6]],
      ['2', [3, 4]],
    ],
  );
  assert.deepEqual(await columns(), before);
});

test('enforce keeps the rows that are there, and refuses new ones', async () => {
  assert.equal(singleActive('install').status, 0);
  const error = await requestRide(2).catch((refusal) => refusal);
  assert.deepEqual(asSlotTaken(error), { rule: 'one-ride-per-rider', key: '2' });
  await requestRide(3);
});

test('a rider below the number of slots may go on', async () => {
  await finishRides(2); // one of two is left
  await assert.rejects(requestRide(2), { code: '23505' });
  await pool.query(`UPDATE dispatch.rides SET state = 'CANCELLED' WHERE "riderId" = 2`);
  await requestRide(2);
});

test('doctor lists the rider who still has two rides, until one of them ends', async () => {
  assert.match(singleActive('doctor').output, /^ {2}violations {2}/m);
  await pool.query(`UPDATE dispatch.rides SET state = 'DONE' WHERE id = 6`);
  const { status, output } = singleActive('doctor');
  assert.equal(status, 0, output);
});

test('doctor finds a trigger that was switched off, and install mends it', async () => {
  await pool.query('ALTER TABLE dispatch.rides DISABLE TRIGGER ALL');
  const { status, output } = singleActive('doctor');
  assert.equal(status, 1);
  assert.match(output, /trigger-disabled/);
  assert.equal(singleActive('install').status, 0);
  assert.equal(singleActive('doctor').status, 0);
});

test('uninstall leaves the table as it was', async () => {
  assert.equal(singleActive('uninstall').status, 0);
  const { rows } = await pool.query(
    "SELECT tgname FROM pg_trigger WHERE tgrelid = 'dispatch.rides'::regclass",
  );
  assert.deepEqual(rows, []);
  await requestRide(2);
});
