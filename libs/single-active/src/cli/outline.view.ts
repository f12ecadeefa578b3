import { shorten } from './columns.view.ts';

/** What a statement inside a DO block begins with; the bodies of functions are indented. */
const INNER = /^(CREATE|ALTER|DROP|INSERT|DELETE|UPDATE)\b.*$/gm;
const WIDTH = 90;
/** One screen: the rest is in --sql. */
const MAX_LINES = 30;

/** The statements by number, a line each; of a DO block a line for each statement in it. */
export function outlineStatements(statements: readonly string[]): string[] {
  const lines = statements.flatMap((text, index) =>
    outline(text).map((line, place) => [place === 0 ? String(index + 1) : '', line] as const),
  );
  const width = String(statements.length).length;
  const shown = lines.slice(0, MAX_LINES).map(([number, line]) => `  ${number.padStart(width)}  ${line}`);
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, `  and ${more} more lines: --sql shows all`] : shown;
}

function outline(text: string): string[] {
  const inner = /^\s*DO\b/.test(text) ? (text.match(INNER) ?? []) : [];
  return inner.length === 0
    ? [shorten(text, WIDTH)]
    : inner.map((line) => shorten(line.replace(/[\s(;]+$/, ''), WIDTH));
}
