/** Where the command line runs and writes to. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly folder: string;
  readonly hasColours: boolean;
  write(text: string): unknown;
  writeError(text: string): unknown;
}
