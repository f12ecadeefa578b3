import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { checkSources } from '../tools/check-sources.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '..');
const GUARD = 'libs/customer-broadcast/src/guard';
const LOCK = 'libs/customer-broadcast/src/lock';

type Files = Readonly<Record<string, string>>;

/** A rule and the smallest tree that breaks it. */
const BROKEN_IMPORTS: readonly (readonly [rule: string, files: Files])[] = [
  [
    '1-libs-import-no-app',
    { 'libs/platform/src/a.ts': `import '../../../apps/one/src/b.ts';`, 'apps/one/src/b.ts': 'export {};' },
  ],
  [
    '1-apps-are-strangers',
    { 'apps/one/src/a.ts': `import '../../two/src/b.ts';`, 'apps/two/src/b.ts': 'export {};' },
  ],
  ['2-libs-are-strangers', { 'libs/single-active/src/a.ts': `import '@app/customer-broadcast';` }],
  ['2-guard-stands-on-the-rule', { 'libs/customer-broadcast/src/a.ts': `import '@app/platform';` }],
  ['2-libs-are-strangers', { 'libs/platform/src/a.ts': `import '@app/customer-broadcast';` }],
  ['2-the-rule-imports-nothing', { 'libs/single-active/src/a.ts': `import 'pg';` }],
  ['2-the-rule-imports-nothing', { 'libs/single-active/src/b.ts': `import type { Knex } from 'knex';` }],
  [
    '3-libs-through-their-index',
    {
      'apps/one/src/a.ts': `import '../../../libs/platform/src/b.ts';`,
      'libs/platform/src/b.ts': 'export {};',
    },
  ],
  [
    '4-controllers-declare-routes',
    {
      'apps/one/src/a.controller.ts': `import './a.repository.ts';`,
      'apps/one/src/a.repository.ts': 'export {};',
    },
  ],
  ['4-controllers-declare-routes', { 'apps/one/src/b.controller.ts': `import 'ioredis';` }],
  [
    '4-repositories-call-nobody',
    { 'apps/one/src/a.repository.ts': `import './a.service.ts';`, 'apps/one/src/a.service.ts': 'export {};' },
  ],
  ['5-redlock-in-one-file', { [`${GUARD}/a.interceptor.ts`]: `import 'redlock';` }],
  ['5-redlock-in-one-file', { [`${LOCK}/create-lock.service.ts`]: `import 'redlock';` }],
  ['5-redlock-in-one-file', { [`${GUARD}/redlock.quorum.ts`]: `import 'redlock';` }],
  [
    '6-typeorm-behind-repositories',
    { [`${GUARD}/b.interceptor.ts`]: `import type { DataSource } from 'typeorm';` },
  ],
  [
    '6-migrations-import-no-entity',
    { 'database/migrations/1-A.ts': `import '../a.entity.ts';`, 'database/a.entity.ts': 'export {};' },
  ],
  [
    '8-library-knows-no-kind',
    { 'libs/customer-broadcast/src/a.ts': `import '../../../database/b.ts';`, 'database/b.ts': 'export {};' },
  ],
  ['9-no-cycles', { 'apps/one/src/a.ts': `import './b.ts';`, 'apps/one/src/b.ts': `import './a.ts';` }],
  [
    'tools-are-for-developers',
    { 'apps/one/src/a.ts': `import '../../../tools/b.ts';`, 'tools/b.ts': 'export {};' },
  ],
  ['no-unresolvable', { 'apps/one/src/a.ts': `import './missing.ts';` }],
];

const BROKEN_TEXT: readonly (readonly [rule: string, file: string, line: string])[] = [
  [
    '5-hint-key-in-one-file',
    `${GUARD}/a.interceptor.ts`,
    'const key = `customer:active-broadcast:${customerId}`;',
  ],
  [
    '7-only-the-relay-sends',
    'apps/one/src/a.service.ts',
    `import { ClientProxy } from '@nestjs/microservices';`,
  ],
  ['8-library-names-no-kind', 'libs/customer-broadcast/src/a.ts', `const route = '/v1/bookings';`],
  ['8-library-names-no-kind', 'libs/customer-broadcast/src/b.ts', `if (kind === 'order') return;`],
  ['8-library-names-no-kind', 'libs/customer-broadcast/src/c.ts', 'const trucksNeeded = 1;'],
  ['8-library-names-no-kind', 'libs/customer-broadcast/src/d.ts', 'const sql = `SELECT trucks_needed`;'],
  ['8-library-names-no-kind', 'libs/customer-broadcast/src/e.ts', 'class TestBookingView {}'],
  ['8-library-names-no-kind', 'libs/customer-broadcast/src/f.ts', '/** Of a transporter. */'],
  ['8-library-names-no-kind', 'libs/single-active/src/a.ts', 'const VEHICLE_TYPE = 1;'],
];

describe('the import rules', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(process.env.TEST_TEMPORARY_DIR ?? tmpdir(), 'import-rules-'));
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'tsconfig.base.json']) {
      cpSync(join(ROOT, file), join(root, file));
    }
    for (const folder of ['apps', 'libs', 'database', 'tools', 'test']) mkdirSync(join(root, folder));
    for (const library of ['customer-broadcast', 'platform']) {
      cpSync(join(ROOT, 'libs', library, 'package.json'), join(root, 'libs', library, 'package.json'));
      write({ [`libs/${library}/src/index.ts`]: 'export {};' });
    }
    linkModules();
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(files: Files): void {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), `${text}\n`);
    }
  }

  /** Links of its own: the repository's node_modules would lead from the fixture's libraries to the real ones. */
  function linkModules(): void {
    mkdirSync(join(root, 'node_modules/@app'), { recursive: true });
    for (const name of ['typeorm', 'ioredis', 'redlock', 'pg', '@nestjs']) {
      symlinkSync(join(ROOT, 'node_modules', name), join(root, 'node_modules', name));
    }
    for (const library of ['customer-broadcast', 'platform']) {
      symlinkSync(join(root, 'libs', library), join(root, 'node_modules/@app', library));
    }
  }

  async function brokenRules(): Promise<string[]> {
    const cruiser = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const folders = ['apps', 'libs', 'database', 'tools', 'test'];
    const args = [cruiser, ...folders, '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
    const { stdout } = await run(process.execPath, args, { cwd: root, maxBuffer: 16 * 1024 * 1024 }).catch(
      (error: unknown) => error as { stdout: string }, // the exit code is the number of errors
    );
    const { summary } = JSON.parse(stdout) as { summary: { violations: { rule: { name: string } }[] } };
    return summary.violations.map(({ rule }) => rule.name);
  }

  it('pass a tree that keeps them', async () => {
    write({
      'apps/one/src/a.controller.ts': `import './a.service.ts';`,
      'apps/one/src/a.service.ts': `import type { DataSource } from 'typeorm';\nimport './a.repository.ts';`,
      'apps/one/src/a.repository.ts': `import 'typeorm';`,
      'apps/one/src/app.module.ts': `import '@app/customer-broadcast';\nimport '@app/platform';`,
      'libs/truck-requests/src/index.ts': `import '@app/customer-broadcast';\nimport '@app/platform';`,
      [`${LOCK}/redlock.quorum.ts`]: `import 'redlock';`,
      [`${GUARD}/active-broadcast.hint.ts`]: 'export const prefix = `customer:active-broadcast:`;',
    });
    await expect(brokenRules()).resolves.toEqual([]);
    expect(checkSources(root)).toEqual([]);
  });

  it.each(BROKEN_IMPORTS)('refuse an import against %s (%j)', async (rule, files) => {
    write(files);
    await expect(brokenRules()).resolves.toContain(rule);
  });

  it.each(BROKEN_TEXT)('refuse a text against %s in %s', (rule, file, line) => {
    write({ [file]: `// a first line\n${line}` });
    expect(checkSources(root)).toEqual([expect.objectContaining({ rule, file, line: 2 })]);
  });

  it('let a comment name what the code may not', () => {
    write({
      [`${GUARD}/a.interceptor.ts`]: `/** Reads 'customer:active-broadcast:1'. */\nexport {}; // not ClientProxy`,
    });
    expect(checkSources(root)).toEqual([]);
  });

  it('let the library sort, and name its code', () => {
    write({
      'libs/customer-broadcast/src/a.ts': `const sql = 'SELECT id FROM t ORDER BY id'; // recorder, border, reordered
const code = 'ORDER_ACTIVE_EXISTS';`,
    });
    expect(checkSources(root)).toEqual([]);
  });
});
