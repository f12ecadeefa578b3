/** What an option of a module may be. */
export type OptionRule =
  | { readonly is: 'whole number'; readonly min: number; readonly max: number }
  | { readonly is: 'one of'; readonly values: readonly string[] }
  | { readonly is: 'a boolean' }
  | { readonly is: 'text'; readonly pattern: RegExp; readonly remedy: string }
  /** Anything that has these methods, as classes of another copy of a package do too. */
  | {
      readonly is: 'an object';
      readonly methods: readonly string[];
      readonly remedy: string;
      readonly listed?: boolean;
    }
  | { readonly is: 'a function'; readonly remedy: string };

/** The options of a module, by name. */
export type OptionRules = Readonly<Record<string, OptionRule>>;

/** The longest time that a timer of Node takes; with a longer one it fires at once, and a loop never rests. */
export const LONGEST_MS = 2 ** 31 - 1;
export const LONGEST_SECONDS = Math.floor(LONGEST_MS / 1000);

export const wholeNumber = (min: number, max: number): OptionRule => ({ is: 'whole number', min, max });

/** Milliseconds that a timer can wait. */
export const TIMER_MS = wholeNumber(1, LONGEST_MS);
