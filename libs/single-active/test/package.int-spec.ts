import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';

import { PACKAGE, packTarball, type Tarball } from './tarball.ts';

const run = promisify(execFile);
const ROOT = resolve(PACKAGE, '../..');
const ENTRIES = ['', '/typeorm', '/knex', '/drizzle', '/prisma'].map((entry) => `single-active${entry}`);

let tarball: Tarball;
let folder: string;
const inFolder = (command: string, ...args: string[]) => run(command, args, { cwd: folder });
const installed = (path: string): string => join(folder, 'node_modules/single-active', path);

beforeAll(async () => {
  await writeFile(join(PACKAGE, 'dist/of-a-source-that-is-gone.js'), '');
  [tarball, folder] = await Promise.all([packTarball(), mkdtemp(join(tmpdir(), 'single-active-user-'))]);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }));
  // Without a registry: the package has no dependency.
  await inFolder('npm', 'install', '--offline', tarball.path);
});
afterAll(async () => {
  await tarball.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('the tarball', () => {
  it('holds README, LICENSE and code, and neither tests nor sources', () => {
    expect(tarball.files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'dist/index.js']));
    const code = /^dist\/[\w/.-]+\.(js|js\.map|d\.ts)$/;
    const other = tarball.files.filter((path) => !code.test(path)).sort();
    expect(other).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(tarball.files.filter((path) => /\.(int-|e2e-)?spec\.|(^|\/)test\//.test(path))).toEqual([]);
  });

  it('was built from the sources that there are', () => {
    const sources = tarball.files
      .filter((path) => path.endsWith('.js'))
      .map((path) => path.replace('dist', 'src').replace(/js$/, 'ts'));
    expect(sources.filter((path) => !existsSync(join(PACKAGE, path)))).toEqual([]);
  });

  it('has the licence of the repository', async () => {
    expect(await readFile(installed('LICENSE'), 'utf8')).toBe(await readFile(join(ROOT, 'LICENSE'), 'utf8'));
  });

  it('has maps that hold their sources', async () => {
    for (const path of tarball.files.filter((file) => file.endsWith('.map'))) {
      const map = JSON.parse(await readFile(installed(path), 'utf8')) as { sourcesContent?: string[] };
      expect({ path, hasSource: (map.sourcesContent?.[0] ?? '') !== '' }).toEqual({ path, hasSource: true });
    }
  });

  it('asks for no other package', async () => {
    const manifest = JSON.parse(await readFile(installed('package.json'), 'utf8')) as object;
    expect(Object.keys(manifest).filter((field) => /dependencies/i.test(field))).toEqual([]);
    expect(await readFile(join(folder, 'package-lock.json'), 'utf8')).not.toMatch(
      /node_modules\/(?!single-active")/,
    );
  });

  it('passes publint', async () => {
    const data = await tarball.read();
    const archive = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
    expect((await publint({ pack: { tarball: archive }, strict: true })).messages).toEqual([]);
  });

  it('passes arethetypeswrong, as a package of ES modules', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await tarball.read())));
    if (analysis.types === false) throw new Error('the tarball has no types');
    expect(Object.keys(analysis.entrypoints)).toHaveLength(ENTRIES.length + 1);
    expect(analysis.problems.filter((problem) => !isOfOldResolution(problem))).toEqual([]);
  });
});

/** Resolution without `exports`, of Node 10; and require() of an ES module, which Node 22.12 can. */
function isOfOldResolution(problem: Problem): boolean {
  if (problem.kind === 'CJSResolvesToESM') return true;
  return 'resolutionKind' in problem && problem.resolutionKind === 'node10';
}

describe('an application', () => {
  it.each(['node16', 'nodenext', 'bundler'])('compiles against the types with %s', async (resolution) => {
    const module = resolution === 'bundler' ? 'esnext' : resolution;
    const imports = ENTRIES.map((entry, index) => `import * as entry${index} from '${entry}';`);
    const uses = ENTRIES.map((_, index) => `entry${index}`).join(', ');
    await writeFile(join(folder, 'index.mts'), `${imports.join('\n')}\nexport const all = [${uses}];\n`);
    const compilerOptions = {
      ...{ module, moduleResolution: resolution, target: 'es2022', lib: ['es2022'], types: [], noEmit: true },
      ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['index.mts'] }));
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const errors = await inFolder(process.execPath, compiler, '-p', '.').then(
      () => '',
      (error: unknown) => (error as { stdout: string }).stdout,
    );
    expect(errors).toBe('');
  });

  const script = (load: string): string =>
    `(async () => { for (const name of ${JSON.stringify(ENTRIES)}) console.log(typeof (${load})); })()`;
  const all = ENTRIES.map(() => 'object\n').join('');

  it('loads every entry point by import and by require on this Node', async () => {
    expect((await inFolder(process.execPath, '-e', script('await import(name)'))).stdout).toBe(all);
    expect((await inFolder(process.execPath, '-e', script('require(name)'))).stdout).toBe(all);
  });

  it('loads every entry point by require on Node 22', async () => {
    const system = `${process.platform}-${process.arch}`;
    const name = `node-${system === 'darwin-arm64' ? 'bin-' : ''}${system}`;
    await inFolder('npm', 'install', '--no-save', '--prefer-offline', '--no-audit', `${name}@^22.12.0`);
    const node = join(folder, 'node_modules', name, 'bin/node');
    expect((await inFolder(node, '--version')).stdout).toMatch(/^v22\./);
    expect((await inFolder(node, '-e', script('require(name)'))).stdout).toBe(all);
  });
});
