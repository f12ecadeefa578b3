import { parseArgs } from 'node:util';

import { readOrMakeAuthSecret } from './auth-secret.ts';
import { ROLES, signDevelopmentToken, type Role } from './development-token.ts';
import { loadLocalEnvironment } from './local-environment.ts';

const USAGE = `Usage: npm run --silent token -- --sub <user> --role <${ROLES.join('|')}> [--ttl 24h]`;
/** As the services demand it of a user's name. */
const SUBJECT = /^[\x21-\x7e]{1,128}$/;
const DURATION = /^[1-9]\d*(s|m|h|d|w|y)$/;

function isRole(value: string | undefined): value is Role {
  return ROLES.some((role) => role === value);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { sub: { type: 'string' }, role: { type: 'string' }, ttl: { type: 'string', default: '24h' } },
  });
  const { sub, role, ttl } = values;
  if (sub === undefined || !SUBJECT.test(sub)) {
    throw new Error(`--sub must be 1 to 128 visible ASCII characters, for example c1.`);
  }
  if (!isRole(role)) throw new Error(`--role must be one of ${ROLES.join(', ')}.`);
  if (!DURATION.test(ttl))
    throw new Error(`--ttl must be a number and a unit, for example 24h, but is "${ttl}".`);
  loadLocalEnvironment();
  process.stdout.write(`${await signDevelopmentToken(readOrMakeAuthSecret(), { sub, role, ttl })}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
  process.exitCode = 1;
}
