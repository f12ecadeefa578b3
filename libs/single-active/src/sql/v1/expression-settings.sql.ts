/**
 * What the text of a value depends on is the same for every session: a row must be found again under the key that it was
 * given.
 *
 * @param searchPath in which expressions find functions and types; quoted names, comma-separated
 */
export function settingsOfExpressions(searchPath: string): string {
  return [
    `SET search_path = ${searchPath}`,
    `SET TimeZone = 'UTC'`,
    `SET DateStyle = 'ISO, YMD'`,
    `SET IntervalStyle = 'postgres'`,
    `SET bytea_output = 'hex'`,
    `SET extra_float_digits = 1`,
  ].join(' ');
}
