import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './paths.ts';

/** Reads `.env` where there is one. What the shell has set wins. */
export function loadLocalEnvironment(): void {
  const file = join(ROOT, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

/** A variable that is set to nothing counts as not set. */
export function isSet(name: string): boolean {
  return (process.env[name] ?? '') !== '';
}
