/**
 * The environment cannot be used. `message` has one line for each variable: its name, what is wrong, an example.
 * @publicApi
 */
export class EnvironmentError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'EnvironmentError';
  }
}
