import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCommandLine } from '../../src/cli/command-line.ts';
import { type ApplicationDatabase, createApplicationDatabase } from '../application-database.ts';

const RIDES = `
  CREATE TABLE rides (id int PRIMARY KEY, rider_id int NOT NULL, status text NOT NULL);
  INSERT INTO rides VALUES (1, 7, 'open'), (2, 7, 'done'), (3, 8, 'open');
`;
const CONFIG = ['--config', 'one-ride.config.mjs'];

let database: ApplicationDatabase;
beforeEach(async () => {
  database = await createApplicationDatabase(RIDES);
});
afterEach(() => database.drop());

async function call(argv: readonly string[], changes: { DATABASE_URL?: string; folder?: string } = {}) {
  const written: string[] = [];
  const errors: string[] = [];
  const { folder = import.meta.dirname, ...env } = changes;
  const code = await runCommandLine(argv, {
    env: { DATABASE_URL: database.url, ...env },
    folder,
    hasColours: false,
    write: (text) => written.push(text),
    writeError: (text) => errors.push(text),
  });
  return { code, out: written.join(''), error: errors.join('') };
}

const insertRide = (id: number, rider: number) =>
  database.pool.query("INSERT INTO rides VALUES ($1, $2, 'open')", [id, rider]);

describe('the command line', () => {
  it('plans, installs, checks and takes out a rule', async () => {
    const planned = await call(['plan', ...CONFIG]);
    expect(planned).toMatchObject({ code: 0, error: '' });
    expect(planned.out).toMatch(
      /^one-ride {2}1 slot per key, over rides\n\ninstall would run \d+ statements:\n/,
    );
    expect(planned.out).toMatch(/^ {2}1 {2}CREATE SCHEMA IF NOT EXISTS "single_active"$/m);
    expect(planned.out).toMatch(/^ {2}rides +SHARE ROW EXCLUSIVE +statement 3$/m);
    expect(planned.out).toMatch(/No key has more active rows than slots\.\n\nNothing was changed\./);

    expect((await call(['install', ...CONFIG])).out).toMatch(/Installed, mode enforce/);
    await expect(insertRide(4, 7)).rejects.toMatchObject({ constraint: 'single_active:one-ride' });

    const checked = await call(['doctor', ...CONFIG]);
    expect(checked).toEqual({
      code: 0,
      error: '',
      out: 'one-ride  1 slot per key, over rides\n\nThe database keeps the rule. No findings.\n',
    });

    expect((await call(['uninstall', ...CONFIG])).out).toMatch(/Removed from rides\./);
    await insertRide(4, 7);
  });

  it('ends with 1 where rows break the rule, and lists them', async () => {
    await insertRide(4, 7);
    const planned = await call(['plan', ...CONFIG]);
    expect(planned.code).toBe(1);
    expect(planned.out).toMatch(/^ {2}7 +2 +rides 1, rides 4$/m);

    const installed = await call(['install', ...CONFIG]);
    expect(installed.code).toBe(0);
    expect(installed.out).toMatch(/These rows stay\. A new one is refused/);
    expect(await call(['report', ...CONFIG])).toMatchObject({ code: 1 });
  });

  it('plans an install that is there already without a lock, and reports before there is one', async () => {
    expect(await call(['report', ...CONFIG])).toMatchObject({ code: 0 });
    await call(['install', ...CONFIG]);
    expect((await call(['plan', ...CONFIG])).out).toMatch(/^No lock on your tables\.$/m);
  });

  it('counts in observe mode what it would refuse', async () => {
    expect((await call(['install', '--observe', ...CONFIG])).out).toMatch(/mode observe/);
    await insertRide(4, 7);
    const { code, out } = await call(['report', ...CONFIG]);
    expect(code).toBe(1);
    expect(out).toMatch(/1 refusal was observed/);
  });

  it('ends with 1 and the remedy where a trigger is switched off', async () => {
    await call(['install', ...CONFIG]);
    await database.pool.query('ALTER TABLE rides DISABLE TRIGGER ALL');
    const { code, out } = await call(['doctor', ...CONFIG]);
    expect(code).toBe(1);
    expect(out).toMatch(/^ {2}trigger-disabled {2}\S.*\n {20}\S/m);
  });

  it('prints SQL that can be run as it is', async () => {
    const { out } = await call(['plan', '--sql', ...CONFIG]);
    expect(out).toMatch(/^-- one-ride\n/);
    await database.pool.query(out);
    await expect(insertRide(4, 7)).rejects.toMatchObject({ constraint: 'single_active:one-ride' });
  });

  it('prints one JSON document for several rules', async () => {
    await call(['install', '--config', 'two-rules.config.mjs']);
    const { out } = await call(['doctor', '--json', '--config', 'two-rules.config.mjs']);
    expect(JSON.parse(out)).toEqual([
      { rule: 'two-rides', ok: true, findings: [] },
      { rule: 'three-rides', ok: true, findings: [] },
    ]);
  });
});

describe('the command line, called wrongly,', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'single-active-cli-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const withConfig = async (text: string) => {
    await writeFile(join(folder, 'single-active.config.mjs'), text);
    return call(['plan'], { folder });
  };

  it.each([
    ['no config file', undefined, /does not exist: .*single-active\.config\.mjs\nName another with --config/],
    ['a config file with a mistake', 'export default {', /cannot be loaded.*\nSyntaxError/],
    ['a config file without a rule', 'export const rule = {};', /no rule as its default export/],
    ['an empty list', 'export default [];', /no rule as its default export/],
    ['two rules of one name', twice("{ name: 'a', tables: [TABLE] }"), /two rules named "a"/],
    ['a wrong rule', "export default { name: 'A b', tables: [] };", /name.*tables/s],
  ])('with %s ends with 2 and the remedy', async (_, text, expected) => {
    const { code, error, out } = await (text === undefined ? call(['plan'], { folder }) : withConfig(text));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toMatch(/^single-active: /);
    expect(error).toMatch(expected);
  });

  it('from a folder without pg, names the package', async () => {
    const config = await readFile(join(import.meta.dirname, 'two-rules.config.mjs'), 'utf8');
    expect((await withConfig(config)).error).toMatch(/"pg" was not found.*npm install pg/);
  });

  it.each([
    [undefined, /DATABASE_URL is not set/],
    ['', /DATABASE_URL is not set/],
    ['postgres://me:s3cret@127.0.0.1:1/x', /does not answer: .*ECONNREFUSED.*\nCheck host/],
    ['postgres://me:s3cret@localhost:1/x', /does not answer: .*ECONNREFUSED/],
    ['host=db password=s3cret', /does not answer/],
  ])('with DATABASE_URL %p ends with 2, and shows no password', async (url, expected) => {
    const { code, error } = await call(['plan', ...CONFIG], { DATABASE_URL: url! });
    expect(code).toBe(2);
    expect(error).toMatch(expected);
    expect(error).not.toContain('s3cret');
  });

  it('shows what Postgres says, with its SQLSTATE', async () => {
    await database.pool.query('DROP TABLE rides');
    const { code, error } = await call(['install', ...CONFIG]);
    expect(code).toBe(2);
    expect(error).toMatch(/rides/);
  });

  it.each([
    [['--help'], /^Usage: single-active <command>/],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
  ])('answers %p', async (argv, expected) => {
    expect(await call(argv)).toEqual({ code: 0, error: '', out: expect.stringMatching(expected) });
  });
});

function twice(rule: string): string {
  const table = "{ table: 'rides', id: 'id', key: 'rider_id', activeWhen: 'true' }";
  return `const TABLE = ${table};\nexport default [${rule}, ${rule}];`;
}
