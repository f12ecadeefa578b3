import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { DataSource } from 'typeorm';
import { testEnvironment } from '../../test/service.ts';
import { createDataSourceOptions } from './data-source.options.ts';
import { runMigrations } from './run-migrations.ts';

const ADMIN_URL = process.env.TEST_POSTGRES_ADMIN_URL ?? '';
let closedPort: number;

/** Accepts nothing until it is opened. */
let door: Server;
beforeAll(async () => {
  const { hostname, port } = new URL(ADMIN_URL);
  door = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  });
  await new Promise((resolve) => door.listen(0, '127.0.0.1', () => resolve(undefined)));
  closedPort = (door.address() as AddressInfo).port;
  await new Promise((resolve) => door.close(resolve));
});
afterAll(() => void door.close());

function dataSourceAt(change: Partial<URL>): DataSource {
  const url = Object.assign(new URL(ADMIN_URL), change).href;
  return new DataSource(createDataSourceOptions(testEnvironment({ DATABASE_URL: url }), { entities: [] }));
}

const messageOf = (outcome: Promise<unknown>): Promise<string> =>
  outcome.then(
    () => 'it went through',
    (error: unknown) => (error as Error).message,
  );

describe('runMigrations on a database that does not answer', () => {
  test('says once that it waits, and gives up in time with one line: where, without the password, and the remedy', async () => {
    const progress: string[] = [];
    const dataSource = dataSourceAt({ hostname: '127.0.0.1', port: String(closedPort), password: 'secret' });
    const message = await messageOf(
      runMigrations(dataSource, (line) => progress.push(line), { connectWithinMs: 900 }),
    );
    expect(message).toBe(
      `Postgres at 127.0.0.1:${closedPort}/postgres did not answer within 0.9 s: ` +
        `connect ECONNREFUSED 127.0.0.1:${closedPort}. Start it, or correct DATABASE_URL.`,
    );
    expect(progress).toEqual([
      `waiting up to 0.9 s for Postgres at 127.0.0.1:${closedPort}/postgres: connect ECONNREFUSED 127.0.0.1:${closedPort}`,
    ]);
  });

  test('has a reason for a name with two addresses as well', async () => {
    const dataSource = dataSourceAt({ hostname: 'localhost', port: String(closedPort) });
    const message = await messageOf(runMigrations(dataSource, undefined, { connectWithinMs: 0 }));
    expect(message).toContain(`connect ECONNREFUSED`);
  });

  test.each([
    ['the password', { password: 'wrong' }, 'password authentication failed'],
    ['the database', { pathname: '/nowhere' }, 'database "nowhere" does not exist'],
  ])('does not wait when %s is wrong', async (_what, change, reason) => {
    const progress: string[] = [];
    const message = await messageOf(runMigrations(dataSourceAt(change), (line) => progress.push(line)));
    expect(message).toContain(reason);
    expect(message).toMatch(/^Postgres at 127\.0\.0\.1:\d+\/\w+ refuses: .* Correct DATABASE_URL\.$/);
    expect(progress).toEqual([]);
  });

  test('goes on as soon as it does', async () => {
    const dataSource = dataSourceAt({ port: String(closedPort) });
    const applied = await runMigrations(dataSource, () => door.listen(closedPort, '127.0.0.1'));
    expect(applied).toEqual([]);
    await dataSource.destroy();
  });
});
