/** Some drivers hand an instant over as text, in the session's format; all hand over a number. */
export function millisecondsOf(instant: string): string {
  return `(EXTRACT(epoch FROM ${instant}) * 1000)::double precision`;
}
