import type { Latency } from './latency.ts';
import type { Summary } from './summary.ts';

const HEAD = ['fault', 'times', 'operations', 'unknown', 'p50', 'p99', 'max', 'recovery'];

const ms = (value: number | undefined | null): string =>
  value === undefined || value === null ? '–' : `${Math.round(value)} ms`;
const latencyCells = (latency: Latency | null): string[] => [
  ms(latency?.p50),
  ms(latency?.p99),
  ms(latency?.max),
];

/** The summary as a table of Markdown, which reads well on a terminal too. */
export function toTable(summary: Summary): string {
  const rows = summary.faults.map(({ fault, times, operations, unknown, latency, recoveryMs }) => [
    fault,
    String(times),
    String(operations),
    String(unknown),
    ...latencyCells(latency),
    ms(recoveryMs),
  ]);
  const injected = summary.faults.reduce((sum, { times }) => sum + times, 0);
  const total = [
    'all',
    String(injected),
    String(summary.operations),
    String(summary.unknown),
    ...latencyCells(summary.latency),
    '',
  ];
  return align([HEAD, ...rows, total]);
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n');
}
