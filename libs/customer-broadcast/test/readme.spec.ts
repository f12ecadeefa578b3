import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { customerBroadcastProblems } from '../src/exceptions/problems.ts';
import { metrics } from '../src/customer-broadcast.metrics.ts';

const SAMPLE = join(import.meta.dirname, 'sample');
const read = (page: string): string => readFileSync(join(import.meta.dirname, '..', page), 'utf8');
const README = read('README.md');
const GUIDE = read('docs/new-kind.md');
const REFERENCE = read('docs/reference.md');
const OPTIONS = readFileSync(
  join(import.meta.dirname, '../src/interfaces/customer-broadcast-options.interface.ts'),
  'utf8',
);

/** The file's name stands above each block of code. */
const SNIPPETS = new Map(
  [...GUIDE.matchAll(/^`(\S+\.ts)`\n\n```ts\n([^]*?)```$/gm)].map(([, file = '', code]) => [file, code]),
);

describe('the pages of the library', () => {
  it('begin with a README that is read in minutes', () => {
    expect(README.split(/\s+/).length).toBeLessThan(1200);
  });

  it('shows every file of the sample, and nothing else as code', () => {
    expect([...SNIPPETS.keys()].sort()).toEqual(readdirSync(SAMPLE).sort());
    expect(GUIDE.match(/^```ts$/gm)).toHaveLength(SNIPPETS.size);
  });

  it.each([...SNIPPETS])('shows %s as it is compiled and run', (file, code) => {
    expect(code).toBe(readFileSync(join(SAMPLE, file), 'utf8'));
  });

  it('has a heading for each option, in their order', () => {
    const options = [...OPTIONS.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name);
    expect([...REFERENCE.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name)).toEqual(options);
  });

  it('names each metric with its labels', async () => {
    for (const metric of Object.values(metrics)) {
      const { name } = await metric.get();
      const { labelNames } = metric as unknown as { labelNames: string[] };
      const row = REFERENCE.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
      expect({ name, missing: ['', ...labelNames].filter((label) => !row.includes(label)) }).toEqual({
        name,
        missing: row === '' ? ['its row'] : [],
      });
    }
  });

  it.each(Object.entries(customerBroadcastProblems))('gives %s its status', (code, { status }) => {
    const row = REFERENCE.split('\n').find(
      (line) => line.includes(`\`${code}\``) && line.includes('Exception`'),
    );
    expect(row).toMatch(new RegExp(`\\| ${status} +\\|`));
  });
});
