import { describe, expect, it } from '@jest/globals';

import { parseOptions } from './options.ts';

describe('options of the benchmark', () => {
  it('run everything in five rounds by default', () => {
    expect(parseOptions([])).toEqual({ action: 'run', only: [], rounds: 5, quick: false, results: null });
  });

  it('take several experiments', () => {
    expect(parseOptions(['--only', 'http, start']).only).toEqual(['http', 'start']);
  });

  it.each(['0', '-1', 'many', '1.5'])('refuse %s rounds and say what to give', (rounds) => {
    expect(() => parseOptions([`--rounds=${rounds}`])).toThrow(/--rounds is .* whole number/);
  });
});
