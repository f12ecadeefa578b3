import { EnvironmentError } from './environment.exception.ts';

interface IntegerRule {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

/** Reads variables one by one and collects what is wrong, so that all of it is reported at once. */
export class EnvironmentReader {
  private readonly lines: string[] = [];

  constructor(private readonly source: NodeJS.ProcessEnv) {}

  /** The trimmed value; an empty one counts as unset, because a manifest often sets variables to nothing. */
  text(name: string): string | undefined {
    const text = this.source[name]?.trim();
    return text === '' ? undefined : text;
  }

  /** A URL of one of the protocols; a missing one is a complaint unless there is a fallback. */
  url(name: string, protocols: readonly string[], example: string, fallback?: string): string {
    const value = this.text(name) ?? fallback;
    if (value === undefined) {
      this.complain(name, 'is missing', example);
      return '';
    }
    this.checkUrl(name, value, protocols, example);
    return value;
  }

  /** Comma-separated URLs, none of them empty. */
  urls(name: string, protocols: readonly string[], example: string, fallback: string): readonly string[] {
    const text = this.text(name);
    if (text === undefined) return [fallback];
    const urls = text.split(',').map((url) => url.trim());
    for (const url of urls) this.checkUrl(name, url, protocols, example);
    return urls;
  }

  integer(name: string, { fallback, min, max }: IntegerRule): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    this.complain(name, `is "${text}", not a whole number from ${min} to ${max}`, String(fallback));
    return fallback;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const match = allowed.find((value) => value === text);
    if (match !== undefined) return match;
    this.complain(name, `is "${text}", not one of ${allowed.join(', ')}`, fallback);
    return fallback;
  }

  complain(name: string, problem: string, example: string): void {
    this.lines.push(`${name} ${problem}. Example: ${name}=${example}`);
  }

  /** @throws EnvironmentError when anything was complained about */
  finish(): void {
    if (this.lines.length > 0) throw new EnvironmentError(this.lines);
  }

  private checkUrl(name: string, value: string, protocols: readonly string[], example: string): void {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url && protocols.includes(url.protocol) && url.hostname !== '') return;
    const expected = protocols.map((protocol) => `${protocol}//`).join(' or ');
    this.complain(name, `is "${withoutCredentials(value)}", not a URL that starts with ${expected}`, example);
  }
}

/** Hides whatever stands before the last `@`: a password may itself hold one. */
function withoutCredentials(value: string): string {
  const at = value.lastIndexOf('@');
  if (at === -1) return value;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(value)?.[0] ?? '';
  return `${scheme}***${value.slice(at)}`;
}
