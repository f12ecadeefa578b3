type Paint = (text: string) => string;

/** Few colours, each with one meaning: bold names a rule, green is well, red is broken, dim is a hint. */
export interface Colours {
  readonly bold: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly dim: Paint;
}

const paint =
  (open: number, close: number): Paint =>
  (text) =>
    `\u001b[${open}m${text}\u001b[${close}m`;
const plain: Paint = (text) => text;

/** @param isOn false for a pipe, a file, or NO_COLOR */
export function colours(isOn: boolean): Colours {
  if (!isOn) return { bold: plain, good: plain, bad: plain, dim: plain };
  return { bold: paint(1, 22), good: paint(32, 39), bad: paint(31, 39), dim: paint(2, 22) };
}
