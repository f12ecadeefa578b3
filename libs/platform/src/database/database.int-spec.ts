import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createServer, connect as connectTo, type AddressInfo, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { until } from '../../test/redis-server.ts';
import { testEnvironment, testModule } from '../../test/service.ts';
import { createServiceApp, createServiceContext } from '../bootstrap/service-app.ts';
import { mapToProblem } from '../problems/problem.mapper.ts';
import { PLATFORM_PROBLEMS } from '../problems/problem.constants.ts';
import { createDataSourceOptions } from './data-source.options.ts';
import { runMigrations } from './run-migrations.ts';

const ADMIN_URL = process.env.TEST_POSTGRES_ADMIN_URL ?? '';
const database = `platform_${randomUUID().replaceAll('-', '')}`;
const databaseUrl = Object.assign(new URL(ADMIN_URL), { pathname: `/${database}` }).href;

class CreateOne1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE one (id int PRIMARY KEY)');
    // Long enough for the other replicas to meet this one at work.
    await runner.query('SELECT pg_sleep(0.3)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE one');
  }
}

class FillOne1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO one VALUES (1)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM one');
  }
}

const MIGRATIONS = [CreateOne1700000000001, FillOne1700000000002];

async function asAdmin(sql: string): Promise<void> {
  const admin = new pg.Client(ADMIN_URL);
  await admin.connect();
  await admin.query(sql);
  await admin.end();
}

/** Stands between a client and Postgres: can be shut, can swallow what is sent, and can cut whoever sends a text. */
class Proxy {
  isSilent = false;
  cutsAt: string | undefined;
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  port = 0;

  async open(): Promise<void> {
    const { hostname, port } = new URL(ADMIN_URL);
    this.server = createServer((client) => {
      const upstream = connectTo(Number(port || 5432), hostname);
      for (const socket of [client, upstream]) {
        this.sockets.add(socket);
        socket
          .on('error', () => socket.destroy())
          .on('close', () => [client, upstream].map((s) => s.destroy()));
      }
      client.on('data', (chunk) => {
        if (this.cutsAt !== undefined && chunk.includes(this.cutsAt)) client.resetAndDestroy();
        else if (!this.isSilent) upstream.write(chunk);
      });
      upstream.on('data', (chunk) => this.isSilent || client.write(chunk));
    }).listen(this.port, '127.0.0.1');
    await new Promise((resolve) => this.server?.once('listening', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  shut(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }

  get url(): string {
    return Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${this.port}` }).href;
  }
}

beforeAll(() => asAdmin(`CREATE DATABASE ${database}`));
afterAll(() => asAdmin(`DROP DATABASE ${database} WITH (FORCE)`));

function dataSource(url = databaseUrl, statementTimeoutMs?: number): DataSource {
  const env = testEnvironment({ DATABASE_URL: url });
  return new DataSource(
    createDataSourceOptions(env, { entities: [], migrations: MIGRATIONS, statementTimeoutMs }),
  );
}

const problemOf = (error: unknown) => mapToProblem(error, '', PLATFORM_PROBLEMS).problem.code;

describe('runMigrations', () => {
  test('applies each migration once when four replicas start together', async () => {
    const replicas = Array.from({ length: 4 }, () => dataSource(databaseUrl, 0));
    const messages: string[] = [];
    const applied = await Promise.all(
      replicas.map((replica) => runMigrations(replica, (m) => messages.push(m))),
    );
    expect(applied.flat()).toEqual(['CreateOne1700000000001', 'FillOne1700000000002']);
    expect(messages).toContain('another process is migrating, waiting for it');
    expect(await replicas[0]!.query('SELECT id FROM one')).toEqual([{ id: 1 }]);
    const locks: unknown = await replicas[0]!.query(
      `SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE l.locktype = 'advisory' AND d.datname = current_database()`, // other suites migrate on the same server
    );
    expect(locks).toEqual([]);
    await Promise.all(replicas.map((replica) => replica.destroy()));
  });
});

describe('createDataSourceOptions', () => {
  test('gives each session its limits', async () => {
    const source = await dataSource().initialize();
    const settings = await source.query<unknown>(
      `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
              current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('application_name') AS name,
              current_setting('enable_seqscan') AS scans`,
    );
    expect(settings).toEqual([
      { statement: '3s', lock: '2s', idle: '5s', name: 'customer-broadcast', scans: 'off' },
    ]);
    await source.destroy();
  });

  test('ends a statement that takes too long, and the session goes on', async () => {
    const source = await dataSource(databaseUrl, 100).initialize();
    const error: unknown = await source.query('SELECT pg_sleep(5)').catch((e: unknown) => e);
    expect(problemOf(error)).toBe('DEPENDENCY_UNAVAILABLE');
    expect(await source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await source.destroy();
  });

  test('gives up on a silent server and never uses that connection again', async () => {
    const proxy = new Proxy();
    await proxy.open();
    const source = await dataSource(proxy.url, 100).initialize();
    proxy.isSilent = true;
    const error: unknown = await source.query('SELECT 1').catch((e: unknown) => e);
    expect(problemOf(error)).toBe('DEPENDENCY_UNAVAILABLE');
    proxy.isSilent = false;
    expect(await source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await source.destroy();
    proxy.shut();
  });
});

describe('a service', () => {
  async function readiness(url: string): Promise<unknown> {
    const response = await fetch(`${url}/health/ready`);
    return { http: response.status, ...((await response.json()) as object) };
  }

  test('is ready as soon as it listens when Postgres is there', async () => {
    const degradable = [
      { name: 'redis', healthy: () => false },
      { name: 'maps', healthy: () => Promise.resolve(true) },
      { name: 'mail', healthy: () => Promise.reject(new Error('unknown')) },
    ];
    const { app } = await createServiceApp(
      testModule(testEnvironment({ DATABASE_URL: databaseUrl }), { degradable }),
    );
    await app.listen(0, '127.0.0.1');
    expect(await readiness(await app.getUrl())).toEqual({
      http: 200,
      status: 'degraded',
      degraded: ['redis', 'mail'],
    });
    await app.close();
  });

  test('starts while Postgres is down, and is ready when it is there, again after an outage', async () => {
    const proxy = new Proxy();
    await proxy.open();
    proxy.shut();
    const { app } = await createServiceApp(testModule(testEnvironment({ DATABASE_URL: proxy.url })));
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const isReady = async () => (await fetch(`${url}/health/ready`)).ok;
    expect(await readiness(url)).toEqual({ http: 503, status: 'unavailable', unavailable: ['postgres'] });
    await proxy.open();
    await until(isReady);
    proxy.shut();
    await until(async () => !(await isReady()));
    await proxy.open();
    await until(isReady);
    await app.close();
    proxy.shut();
  });

  test('starts although its connections are cut at its first question, and is ready when they are not', async () => {
    const proxy = new Proxy();
    await proxy.open();
    proxy.cutsAt = 'SELECT version()';
    const { app } = await createServiceApp(testModule(testEnvironment({ DATABASE_URL: proxy.url })));
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    expect(await readiness(url)).toEqual({ http: 503, status: 'unavailable', unavailable: ['postgres'] });
    proxy.cutsAt = undefined;
    await until(async () => (await fetch(`${url}/health/ready`)).ok);
    await app.close();
    proxy.shut();
  });

  test('stops while it is still trying to connect', async () => {
    const context = await createServiceContext(testModule(testEnvironment()));
    await expect(context.close()).resolves.toBeUndefined();
  });
});
