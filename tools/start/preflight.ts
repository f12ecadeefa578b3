import { join } from 'node:path';

import { isPortFree } from '../embedded/free-port.ts';
import { acquireLock, LockHeldError, type LockFile } from '../lock-file.ts';
import { DATA } from '../paths.ts';

export interface Listeners {
  readonly host: string;
  readonly bookingPort: number;
  readonly orderPort: number;
}

/** @throws Error, one line with the remedy, when `npm start` runs in this checkout already. */
export function takeStartLock(): LockFile {
  try {
    return acquireLock(join(DATA, 'start.lock'));
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new Error(
      `npm start already runs in this checkout (process ${error.pid}): stop it there with Ctrl-C, or with "kill ${error.pid}".`,
      { cause: error },
    );
  }
}

/** @throws Error, one line with the remedy, when a port is no port, or is taken. */
export async function checkListeners(): Promise<Listeners> {
  const host =
    process.env.HTTP_HOST === undefined || process.env.HTTP_HOST === '' ? '127.0.0.1' : process.env.HTTP_HOST;
  const bookingPort = readPort('BOOKING_PORT', 3001);
  const orderPort = readPort('ORDER_PORT', 3002);
  if (bookingPort === orderPort) {
    throw new Error(`BOOKING_PORT and ORDER_PORT are both ${bookingPort}: choose two different ports.`);
  }
  for (const [name, port] of Object.entries({ BOOKING_PORT: bookingPort, ORDER_PORT: orderPort })) {
    if (await isPortFree(port, host)) continue;
    throw new Error(
      `Port ${port} is taken: stop what listens there, or choose another port with "${name}=${port + 10} npm start".`,
    );
  }
  return { host, bookingPort, orderPort };
}

function readPort(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new Error(`${name} must be a port from 1 to 65535, for example ${fallback}, but is "${text}".`);
}

/** Where this machine reaches a service that listens on `host`. */
export function toLocalUrl(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
