import { targetText, toText } from './figure.text.ts';
import type { MeasuredFigure } from './results.ts';

const HEAD = ['what', 'median', 'spread', 'target', ''];

/** The figures of one experiment, as a table of Markdown, which reads well on a terminal too. */
export function toTable(figures: readonly MeasuredFigure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    toText(figure.median, figure.unit),
    figure.rounds.length === 1
      ? ''
      : `${toText(figure.min, figure.unit)} – ${toText(figure.max, figure.unit)}`,
    targetText(figure),
    figure.met === null ? '' : figure.met ? 'met' : 'MISSED',
  ]);
  return align([HEAD, ...rows]);
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n');
}
