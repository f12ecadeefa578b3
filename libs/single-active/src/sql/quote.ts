import { createHash } from 'node:crypto';

/** Postgres cuts a longer name off, and two of them would be one. */
const MAX_NAME_BYTES = 63;

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** A text that no part of the body can end. */
export function quoteBody(body: string): string {
  let tag = '$single_active$';
  for (let n = 0; body.includes(tag); n++) tag = `$single_active_${n}$`;
  return `${tag}\n${body}\n${tag}`;
}

/** The name itself where it fits, else a shorter one that is the same each time. */
export function fitName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${Buffer.from(name).subarray(0, 49).toString('utf8').replace(/�+$/, '')}:${digest}`;
}
