import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DATA } from './paths.ts';

const FILE = join(DATA, 'auth-secret');

/**
 * The secret that development tokens are signed with: `AUTH_JWT_SECRET`, else one that is made once and kept with the
 * embedded data, readable by its owner alone.
 */
export function readOrMakeAuthSecret(): string {
  const given = process.env.AUTH_JWT_SECRET;
  if (given !== undefined && given !== '') return given;
  try {
    return readFileSync(FILE, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(DATA, { recursive: true });
  const draft = `${FILE}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(48).toString('base64url')}\n`, { mode: 0o600 });
  try {
    linkSync(draft, FILE);
  } catch (error) {
    // Another process was faster; all processes use its secret.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(FILE, 'utf8').trim();
}
