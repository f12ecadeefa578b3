import { text, toDrawing } from './drawing.ts';
import { targetText, toText } from './figure.text.ts';
import type { MeasuredFigure, Results } from './results.ts';

const WIDTH = 900;
const BAR_LEFT = 400;
const BAR_WIDTH = 330;
const ROW = 24;
/**
 * All figures as bars, for a page: the median, a line over the spread of the rounds, a dashed line at the target. Bars of
 * one unit in one experiment have one scale. Readable on a light and on a dark page.
 */
export function toChart({ experiments }: Results): string {
  const parts: string[] = [];
  let top = 30;
  for (const [name, { sentence, quick, figures }] of Object.entries(experiments)) {
    parts.push(text(16, top, `${name}${quick ? ' (quick run: not for figures)' : ''}`, 'head'));
    parts.push(text(16, top + 18, sentence, 'quiet'));
    top += 30;
    for (const figure of figures) {
      parts.push(bar(figure, top, scaleOf(figures.filter(({ unit }) => unit === figure.unit))));
      top += ROW;
    }
    top += 30;
  }
  return toDrawing('Figures of the benchmark', WIDTH, top, parts);
}

/** Pixels for a value. */
function scaleOf(figures: readonly MeasuredFigure[]): (value: number) => number {
  const largest = Math.max(
    ...figures.flatMap((figure) => [figure.max, targetOf(figure) ?? 0]),
    Number.MIN_VALUE,
  );
  return (value) => (Math.max(0, value) / largest) * BAR_WIDTH;
}

function targetOf({ target }: MeasuredFigure): number | null {
  if (target === null) return null;
  return 'atLeast' in target ? target.atLeast : target.atMost;
}

function bar(figure: MeasuredFigure, top: number, scale: (value: number) => number): string {
  const look = figure.met === null ? 'bar' : figure.met ? 'met' : 'missed';
  const at = (value: number): string => (BAR_LEFT + scale(value)).toFixed(1);
  const middle = top + ROW / 2;
  const target = targetOf(figure);
  const said = [toText(figure.median, figure.unit), targetText(figure)].filter(Boolean).join('  ');
  return [
    text(BAR_LEFT - 10, middle + 4, figure.what, 'end'),
    `<rect class="${look}" x="${BAR_LEFT}" y="${top + 5}" width="${scale(figure.median).toFixed(1)}" height="${ROW - 10}"/>`,
    `<line class="spread" x1="${at(figure.min)}" y1="${middle}" x2="${at(figure.max)}" y2="${middle}"/>`,
    target === null
      ? ''
      : `<line class="target" x1="${at(target)}" y1="${top + 1}" x2="${at(target)}" y2="${top + ROW - 1}"/>`,
    text(BAR_LEFT + BAR_WIDTH + 10, middle + 4, said, 'quiet'),
  ].join('');
}
