import { join, resolve } from 'node:path';

/** The top of the repository, and what the tools keep in it. */
export const ROOT = resolve(import.meta.dirname, '..');
export const DIST = join(ROOT, 'dist');
/** Git-ignored: the embedded database, the development secret, logs and locks. */
export const DATA = join(ROOT, '.data');
export const LOGS = join(DATA, 'logs');
