/** Lines of a table: each column as wide as its widest cell, two spaces between, the last one as it is. */
export function alignColumns(rows: readonly (readonly string[])[], indent = '  '): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) => {
    const last = row.length - 1;
    return (
      indent +
      row.map((cell, index) => (index === last ? cell : cell.padEnd((widths[index] ?? 0) + 2))).join('')
    );
  });
}

/** The first line of a statement, shortened to `width` characters. */
export function shorten(text: string, width: number): string {
  const [first = ''] = text.trim().split('\n');
  const line = first.length < text.trim().length && first.length < width ? `${first.trimEnd()} …` : first;
  return line.length > width ? `${line.slice(0, width - 1).trimEnd()}…` : line;
}
