import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { customerBroadcastProblems } from '../src/exceptions/problems.ts';
import { metrics } from '../src/customer-broadcast.metrics.ts';

const SAMPLE = join(import.meta.dirname, 'sample');
const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const OPTIONS = readFileSync(
  join(import.meta.dirname, '../src/interfaces/customer-broadcast-options.interface.ts'),
  'utf8',
);

/** The file's name stands above each block of code. */
const SNIPPETS = new Map(
  [...README.matchAll(/^`(\S+\.ts)`\n\n```ts\n([^]*?)```$/gm)].map(([, file = '', code]) => [file, code]),
);

describe('the README', () => {
  it('shows every file of the sample, and nothing else as code', () => {
    expect([...SNIPPETS.keys()].sort()).toEqual(readdirSync(SAMPLE).sort());
    expect(README.match(/^```ts$/gm)).toHaveLength(SNIPPETS.size);
  });

  it.each([...SNIPPETS])('shows %s as it is compiled and run', (file, code) => {
    expect(code).toBe(readFileSync(join(SAMPLE, file), 'utf8'));
  });

  it('has a heading for each option, in their order', () => {
    const options = [...OPTIONS.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name);
    expect([...README.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name)).toEqual(options);
  });

  it('names each metric with its labels', async () => {
    for (const metric of Object.values(metrics)) {
      const { name } = await metric.get();
      const { labelNames } = metric as unknown as { labelNames: string[] };
      const row = README.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
      expect({ name, missing: ['', ...labelNames].filter((label) => !row.includes(label)) }).toEqual({
        name,
        missing: row === '' ? ['its row'] : [],
      });
    }
  });

  it.each(Object.entries(customerBroadcastProblems))('gives %s its status', (code, { status }) => {
    const row = README.split('\n').find(
      (line) => line.includes(`\`${code}\``) && line.includes('Exception`'),
    );
    expect(row).toMatch(new RegExp(`\\| ${status} +\\|`));
  });
});
