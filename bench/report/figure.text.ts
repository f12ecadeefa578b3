import type { Figure } from '../experiment.interface.ts';

const UNITS: Readonly<Record<Figure['unit'], string>> = {
  ratio: '',
  ms: ' ms',
  s: ' s',
  MB: ' MB',
  bytes: ' B',
  'per second': ' /s',
  us: ' µs',
};

/** `0.92`, `3120 /s`: three digits are what rounds of such a measurement can tell apart. */
export function toText(value: number, unit: Figure['unit']): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${UNITS[unit]}`;
}

/** `≥ 0.90`; nothing without a target. */
export function targetText({ target, unit }: Figure): string {
  if (target === null) return '';
  return 'atLeast' in target ? `≥ ${toText(target.atLeast, unit)}` : `≤ ${toText(target.atMost, unit)}`;
}
