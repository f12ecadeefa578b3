import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Runs before `npm run start:booking` and its like: builds a fresh checkout. Where there is a build it looks and leaves,
 * because these commands are also run where no compiler is installed.
 */
const root = join(import.meta.dirname, '..');
const ENTRY_POINTS = [
  'dist/booking-service/main.js',
  'dist/booking-service/expire.js',
  'dist/order-service/main.js',
  'dist/order-service/expire.js',
  'dist/database/migrate.js',
  'libs/customer-broadcast/dist/index.js',
  'libs/single-active/dist/index.js',
  'libs/platform/dist/index.js',
  'libs/truck-requests/dist/index.js',
];

if (!ENTRY_POINTS.every((file) => existsSync(join(root, file)))) {
  const { build } = await import('./build.ts');
  process.stderr.write('Building (only this first time) …\n');
  try {
    await build();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
