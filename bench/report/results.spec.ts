import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { toChart } from './chart.ts';
import { toTable } from './figures.table.ts';
import { toLineChart } from './line-chart.ts';
import { measured, type MeasuredExperiment, mergeResults, readResults } from './results.ts';

const FAST = measured({
  what: 'ours / bare <p99>',
  unit: 'ratio',
  rounds: [0.8, 0.95, 1],
  target: { atLeast: 0.9 },
});
const SLOW = measured({ what: 'start', unit: 's', rounds: [2.5], target: { atMost: 2 } });

function experiment(...figures: (typeof FAST)[]): MeasuredExperiment {
  return {
    measuredAt: '2026-01-01T00:00:00.000Z',
    commit: 'abc',
    machine: { cpu: 'a CPU', cores: 2, memoryGb: 4 },
    versions: { node: '24', postgres: '18', redis: '8' },
    sentence: 'What was done.',
    quick: false,
    figures,
  };
}

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-results-'));
  file = join(folder, 'latest.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('results', () => {
  it('judge the median against the target, in its direction', () => {
    expect(FAST).toMatchObject({ median: 0.95, min: 0.8, max: 1, met: true });
    expect(SLOW.met).toBe(false);
    expect(measured({ what: 'x', unit: 'ms', rounds: [1], target: null }).met).toBeNull();
  });

  it('keep the figures of experiments that did not run', () => {
    mergeResults(file, { http: experiment(FAST), start: experiment(FAST) });
    mergeResults(file, { start: experiment(SLOW) });
    const { experiments } = readResults(file);
    expect(experiments.http?.figures[0]?.what).toBe(FAST.what);
    expect(experiments.start?.figures[0]?.what).toBe(SLOW.what);
  });

  it('refuse a file of another version instead of overwriting it', () => {
    writeFileSync(file, '{"version":2}');
    expect(() => mergeResults(file, {})).toThrow(/another version/);
  });

  it('show in the table what was missed, and a spread of several rounds only', () => {
    const table = toTable([FAST, SLOW]);
    expect(table).toMatch(/ours \/ bare <p99> \| +0\.95 \| +0\.80 – 1\.00 \| +≥ 0\.90 \| +met \|/);
    expect(table).toMatch(/start +\| +2\.50 s \| +\| +≤ 2\.00 s \| MISSED \|/);
  });

  it('show in the chart a bar and a target for each figure, with text that is safe in XML', () => {
    const chart = toChart({ version: 1, experiments: { http: experiment(FAST, SLOW) } });
    expect(chart).toContain('ours / bare &lt;p99&gt;');
    expect(chart.match(/class="target"/g)).toHaveLength(2);
    expect(chart).toMatch(/class="met"[^>]*width="313\.5"/); // 0.95 of 330, where the largest value is 1
    expect(chart).toMatch(/class="missed"[^>]*width="330\.0"/);
  });

  it('show each series as a line through its medians, in the order of its sizes', () => {
    const at = (x: number, perSecond: number): typeof FAST =>
      measured({
        what: `${x}`,
        unit: 'per second',
        rounds: [perSecond],
        at: { series: 'by <clients>', x },
        target: null,
      });
    const chart = toLineChart({ version: 1, experiments: { growth: experiment(at(64, 300), at(1, 600)) } });
    expect(chart).toContain('by &lt;clients&gt;');
    expect(chart).toContain('<polyline class="line" points="80.0,45.0 800.0,120.0"/>');
    expect(toLineChart({ version: 1, experiments: { http: experiment(FAST) } })).toBeNull();
  });
});
