import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { createApplicationDatabase } from './application-database.ts';
import { PACKAGE, packTarball, type Tarball } from './tarball.ts';

const run = promisify(execFile);
const ROOT = resolve(PACKAGE, '../..');
const PNPM = join(ROOT, 'node_modules/pnpm/bin/pnpm.cjs');

let tarball: Tarball;
beforeAll(async () => {
  tarball = await packTarball();
});
afterAll(() => tarball.remove());

/** In place of the registry's. */
async function dependOnTarball(manifest: string): Promise<void> {
  const text = await readFile(manifest, 'utf8');
  await writeFile(manifest, text.replace(/("single-active": )".*"/, `$1"file:${tarball.path}"`));
}

/** Runs an example's own tests where no package of this repository can be found, with the tarball installed. */
async function runExample(name: string, install: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `single-active-${name}-`));
  const database = await createApplicationDatabase();
  try {
    await cp(join(ROOT, 'examples', name), folder, {
      recursive: true,
      filter: (path) => !path.includes('node_modules'),
    });
    await dependOnTarball(join(folder, 'package.json'));
    await install(folder);
    // Jest's own NODE_OPTIONS and the suite's settings are none of an application's.
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, DATABASE_URL: database.url };
    const { stdout } = await run('npm', ['test'], { cwd: folder, env }).catch((error: unknown) => {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${stdout}\n${stderr}`, { cause: error });
    });
    return stdout;
  } finally {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
}

const installWithNpm = (cwd: string) =>
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd });

/** Nothing that a package does not declare can be found. */
async function installWithPnpm(cwd: string): Promise<void> {
  await writeFile(join(cwd, '.npmrc'), 'hoist=false\nnode-linker=isolated\n');
  await run(process.execPath, [PNPM, 'install', '--prefer-offline', '--store-dir', join(cwd, '.store')], {
    cwd,
  });
}

it.each(['plain-pg', 'existing-table'])('the example %s passes its tests, installed by npm', async (name) => {
  expect(await runExample(name, installWithNpm)).toMatch(/^ℹ fail 0$/m);
});

/** A registry that is far away takes minutes for packages that no cache has. */
const REGISTRY_LIMIT_MS = 420_000;

it(
  'the example plain-pg passes its tests, installed by pnpm without hoisting',
  async () => {
    expect(await runExample('plain-pg', installWithPnpm)).toMatch(/^ℹ fail 0$/m);
  },
  REGISTRY_LIMIT_MS,
);
