import { text, toDrawing } from './drawing.ts';
import { toText } from './figure.text.ts';
import type { MeasuredFigure, Results } from './results.ts';

const WIDTH = 900;
const LEFT = 80;
const RIGHT = 40;
const PLOT = 150;
const PANEL = PLOT + 90;

type Point = MeasuredFigure & { readonly at: NonNullable<MeasuredFigure['at']> };

/**
 * Every series of figures as a line through their medians, one below the other, with the spread of the rounds. Places on the
 * x axis are evenly spaced, whatever the distance of their values. @returns null when nothing was measured as a series
 */
export function toLineChart({ experiments }: Results): string | null {
  const points = Object.values(experiments).flatMap(({ figures }) => figures.filter(isPoint));
  const series = Map.groupBy(points, ({ at }) => at.series);
  if (series.size === 0) return null;
  const parts = [...series].map(([name, members], index) => panel(name, members, index * PANEL));
  return toDrawing('How the throughput changes with size', WIDTH, series.size * PANEL, parts);
}

function isPoint(figure: MeasuredFigure): figure is Point {
  return figure.at !== undefined;
}

function panel(name: string, points: readonly Point[], top: number): string {
  const sorted = points.toSorted((one, other) => one.at.x - other.at.x);
  const bottom = top + 45 + PLOT;
  const largest = Math.max(...points.map(({ max }) => max), Number.MIN_VALUE);
  const y = (value: number): string => (bottom - (Math.max(0, value) / largest) * PLOT).toFixed(1);
  const x = (index: number): number =>
    LEFT + (index / Math.max(1, sorted.length - 1)) * (WIDTH - LEFT - RIGHT - 60);
  const line = sorted.map(({ median }, index) => `${x(index).toFixed(1)},${y(median)}`).join(' ');
  return [
    text(16, top + 25, name, 'head'),
    `<line class="axis" x1="${LEFT}" y1="${bottom}" x2="${WIDTH - RIGHT}" y2="${bottom}"/>`,
    text(LEFT - 30, bottom + 4, '0', 'quiet end'),
    `<polyline class="line" points="${line}"/>`,
    ...sorted.flatMap((point, index) => [
      `<line class="spread" x1="${x(index)}" y1="${y(point.min)}" x2="${x(index)}" y2="${y(point.max)}"/>`,
      `<circle class="dot" cx="${x(index)}" cy="${y(point.median)}" r="4"/>`,
      text(x(index) + 8, Number(y(point.median)) - 8, toText(point.median, point.unit), 'quiet'),
      text(x(index), bottom + 18, point.at.x.toLocaleString('en'), 'quiet mid'),
    ]),
  ].join('');
}
