import 'reflect-metadata';
import { runMigrations } from '@app/platform';
import { DataSource } from 'typeorm';
import { migrations } from './migrations/index.ts';

/** `npm run migrate`: applies what is pending. Several at once are safe; one works and the others wait for it. */
const { DATABASE_URL: url } = process.env;
if (!url || !/^postgres(ql)?:\/\/./.test(url)) {
  process.stderr.write(
    `DATABASE_URL is ${url ? 'not the URL of a Postgres database' : 'missing'}. Set it, e.g. postgres://user:password@localhost:5432/trucks\n`,
  );
  process.exit(1);
}

const dataSource = new DataSource({
  type: 'postgres',
  url,
  migrations,
  applicationName: 'migrate',
  // A change of a table waits for its lock no longer than this, because every writer of the table waits behind it.
  extra: { lock_timeout: 5000, connectionTimeoutMillis: 2000 },
});
try {
  const applied = await runMigrations(dataSource, (message) => process.stdout.write(`${message}\n`));
  process.stdout.write(
    applied.length > 0 ? `${applied.length} migration(s) applied\n` : 'nothing to migrate\n',
  );
} catch (error) {
  process.stderr.write(`migrate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  if (dataSource.isInitialized) await dataSource.destroy();
}
