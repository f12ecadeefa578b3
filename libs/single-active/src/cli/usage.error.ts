/** The command cannot run as it was called; nothing was changed. Its text names the remedy. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
