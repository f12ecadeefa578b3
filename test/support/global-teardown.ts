import { rm } from 'node:fs/promises';

import { takeSuiteServers } from './suite-servers.ts';

/** Stops what the set-up started. When it is not reached (jest was killed), the server's watchdog does the same. */
export default async function globalTeardown(): Promise<void> {
  const servers = takeSuiteServers();
  if (servers === null) return;
  await servers.lender?.stop();
  await servers.postgres.stop();
  await rm(servers.temporaryDir, { recursive: true, force: true });
}
