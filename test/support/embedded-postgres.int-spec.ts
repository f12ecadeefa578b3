import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { type EmbeddedPostgres, startPostgres } from '../../tools/embedded/postgres.ts';

describe('a Postgres of this repository', () => {
  let dir: string;
  let postgres: EmbeddedPostgres;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'customer-broadcast-postgres-'));
    chmodSync(dir, 0o755); // the server may run as another user
    postgres = await startPostgres({ dataDir: join(dir, 'data'), temporaryDir: dir });
  });

  afterAll(async () => {
    await postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('starts again although a stopped connection has outlived the server', async () => {
    const client = new pg.Client({ connectionString: postgres.url });
    client.on('error', () => undefined); // it is killed below
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    process.kill(rows[0]!.pid, 'SIGSTOP');
    process.kill(postgres.pid, 'SIGKILL');
    await postgres.exited;

    await postgres.restart();

    const again = new pg.Client({ connectionString: postgres.url });
    await again.connect();
    await expect(again.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
    await again.end();
  });
});
