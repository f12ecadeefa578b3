import { quoteBody, quoteText } from './quote.ts';

/** Writers queue behind a lock that waits, so it gives up soon and is asked for again. */
export const LOCK_TIMEOUT = { lock_timeout: '200ms' };

/**
 * Several statements as one, which any client can send and which is one transaction by itself.
 *
 * @param settings for these statements only, also when a transaction is open around them
 */
export function doBlock(
  statements: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): string {
  const names = Object.keys(settings);
  const declared = names.map(
    (name) => `before_${name} text := pg_catalog.current_setting(${quoteText(name)});`,
  );
  const set = names.map(
    (name) => `PERFORM pg_catalog.set_config(${quoteText(name)}, ${quoteText(settings[name] ?? '')}, true);`,
  );
  const reset = names.map(
    (name) => `PERFORM pg_catalog.set_config(${quoteText(name)}, before_${name}, true);`,
  );
  const lines = [...set, ...statements.map((statement) => `${statement};`), ...reset];
  return `DO ${quoteBody(`${declared.length > 0 ? `DECLARE ${declared.join(' ')}\n` : ''}BEGIN\n${lines.join('\n')}\nEND`)}`;
}
