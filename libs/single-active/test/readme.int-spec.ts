import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import pg from 'pg';

import * as single from '../src/index.ts';
import { type ApplicationDatabase, createApplicationDatabase } from './application-database.ts';
import { PACKAGE, packTarball, type Tarball } from './tarball.ts';

const run = promisify(execFile);
const README = readFileSync(join(PACKAGE, 'README.md'), 'utf8');

interface Block {
  /** Stands above a file. */
  readonly file: string | undefined;
  readonly language: string;
  readonly code: string;
}

/** In the order in which a reader meets them. Those in a list are indented. */
const BLOCKS: readonly Block[] = [
  ...README.matchAll(/(?:^ *`(\S+)`\n\n)?^( *)```(\w+)\n([^]*?)^ *```$/gm),
].map(([, file, indent = '', language = '', code = '']) => ({
  file,
  language,
  code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
}));

describe('the README', () => {
  it('has under 1,200 words', () => {
    expect(README.split(/\s+/).filter((word) => /\w/.test(word)).length).toBeLessThan(1200);
  });

  it('shows the first refusal in ten lines', () => {
    const first = BLOCKS.find(({ file }) => file === 'first-refusal.mjs');
    expect(
      first?.code
        .trim()
        .split('\n')
        .filter((line) => line !== '').length,
    ).toBeLessThanOrEqual(10);
  });

  it('has only blocks that can be run', () => {
    expect(README.match(/^ *```\w/gm)).toHaveLength(BLOCKS.length);
    const unknown = BLOCKS.filter(
      ({ file, language }) => !RUNNERS.has(language) || (language === 'js') !== (file !== undefined),
    );
    expect(unknown).toEqual([]);
  });

  it('names every function that is exported, and no other', () => {
    const named = [...README.matchAll(/^\| `(\w+)\([a-z, ]+\)`/gm)].map(([, name]) => name);
    const exported = Object.entries(single).filter(
      ([, value]) => typeof value === 'function' && !/^[A-Z]/.test(value.name),
    );
    expect(named.sort()).toEqual(exported.map(([name]) => name).sort());
  });

  it.each(['typeorm', 'knex', 'drizzle', 'prisma'])('names the function for %s', async (name) => {
    const adapter = (await import(`../src/adapters/${name}.ts`)) as object;
    expect(README).toMatch(new RegExp(`\`${Object.keys(adapter).join()}\\(.*\`single-active/${name}\``));
  });
});

let database: ApplicationDatabase;
let tarball: Tarball;
let folder: string;
/** Of the command before. */
let printed = '';

/** How a block of each language is run: in one folder, on one database, one after the other. */
const RUNNERS = new Map<string, (block: Block) => Promise<unknown>>([
  ['js', ({ file, code }) => writeFile(join(folder, file!), code)],
  ['sql', ({ code }) => database.pool.query(code)],
  ['bash', async ({ code }) => (printed = await runShell(code))],
  [
    'text',
    ({ code }) => {
      expect(printed).toBe(code);
      return Promise.resolve();
    },
  ],
]);

async function runShell(commands: string): Promise<string> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, DATABASE_URL: database.url, npm_config_yes: 'false' };
  const local = commands.replace(
    /^npm install single-active\b/gm,
    `npm install --prefer-offline ${tarball.path}`,
  );
  const { stdout } = await run('bash', ['-euc', local], { cwd: folder, env }).catch((error: unknown) => {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${commands}\n${stdout}\n${stderr}`, { cause: error });
  });
  return stdout;
}

describe('a reader of the README', () => {
  beforeAll(async () => {
    database = await createApplicationDatabase();
    tarball = await packTarball();
    folder = await mkdtemp(join(tmpdir(), 'single-active-readme-'));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
  });
  afterAll(async () => {
    await database.drop();
    await tarball.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(BLOCKS.map((block, index) => ({ ...block, number: index + 1 })))(
    'runs block $number ($language)',
    async (block) => RUNNERS.get(block.language)!(block),
  );
});

describe('the README’s roles', () => {
  const admin = new pg.Client({ connectionString: process.env.TEST_POSTGRES_ADMIN_URL });
  const rule = single.defineRule({
    name: 'one-ride-per-rider',
    tables: [{ table: 'rides', id: 'id', key: 'rider_id', activeWhen: "status = 'open'" }],
  });
  let shared: ApplicationDatabase;
  beforeAll(async () => {
    const sql = BLOCKS.filter(({ language }) => language === 'sql').map(({ code }) => code);
    expect(sql).toHaveLength(2);
    await admin.connect();
    await admin.query('DROP ROLE IF EXISTS app_reader'); // of the reader above, whose database is gone
    shared = await createApplicationDatabase(sql[0]);
    await single.install(shared.pool, rule);
    await shared.pool.query(`${sql[1]!} CREATE ROLE app_writer; GRANT INSERT ON rides TO app_writer`);
  });
  afterAll(async () => {
    await shared.drop();
    await admin.query('DROP ROLE IF EXISTS app_reader; DROP ROLE IF EXISTS app_writer');
    await admin.end();
  });

  async function as<T>(role: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await shared.pool.connect();
    try {
      await client.query(`SET ROLE ${role}`);
      return await work(client);
    } finally {
      await client.query('RESET ROLE');
      client.release();
    }
  }

  it('let a writer that may only insert take a slot, and be refused', async () => {
    const insert = "INSERT INTO rides (rider_id, status) VALUES (7, 'open')";
    await as('app_writer', (client) => client.query(insert));
    const error = await as('app_writer', (client) =>
      client.query(insert).catch((refusal: unknown) => refusal),
    );
    expect(single.asSlotTaken(error)).toEqual({ rule: 'one-ride-per-rider', key: '7' });
  });

  it('let a reader ask for the holders', async () => {
    expect(await as('app_reader', (client) => single.holders(client, rule, 7))).toHaveLength(1);
    await expect(as('app_writer', (client) => single.holders(client, rule, 7))).rejects.toThrow(/permission/);
  });
});

const KEY_TYPES = [...README.matchAll(/^\| ((?:`[\w()]+`(?:, )?)+) +\| (yes|refused) +\|/gm)].flatMap(
  ([, types = '', answer = '']) =>
    [...types.matchAll(/`([^`]+)`/g)].map(([, type = '']) => ({ type, answer })),
);

describe('the README’s table of keys', () => {
  let keys: ApplicationDatabase;
  beforeAll(async () => {
    keys = await createApplicationDatabase('CREATE EXTENSION IF NOT EXISTS citext');
  });
  afterAll(() => keys.drop());

  it('has types that are accepted and types that are refused', () => {
    expect(new Set(KEY_TYPES.map(({ answer }) => answer))).toEqual(new Set(['yes', 'refused']));
  });

  it.each(KEY_TYPES)('is true for $type: $answer', async ({ type, answer }) => {
    const table = `t_${type.replace(/\W/g, '')}`;
    await keys.pool.query(`CREATE TABLE ${table} (id int PRIMARY KEY, key ${type})`);
    const rule = single.defineRule({
      name: table.replace('_', '-'),
      tables: [{ table, id: 'id', key: 'key', activeWhen: 'true' }],
    });
    const installed = await single.install(keys.pool, rule, {}).then(
      () => 'yes',
      (error: unknown) => `refused: ${(error as Error).message}`,
    );
    expect(installed).toMatch(new RegExp(`^${answer}`));
  });
});
