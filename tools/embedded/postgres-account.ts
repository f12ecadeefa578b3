import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** How a command is run so that it is not root's. */
export interface PostgresAccount {
  /** Whose the files have to be; null when they are the caller's anyway. */
  readonly owner: Ids | null;
  /** For `spawn`. Not set when `prefix` changes the user. */
  readonly uid?: number;
  readonly gid?: number;
  /** What stands before the command, empty when nothing needs to. */
  readonly prefix: readonly string[];
}

export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

const USER = 'postgres';
/** Bits of CapEff in /proc/self/status. */
const CAP_DAC_OVERRIDE = 1n << 1n;
const CAP_DAC_READ_SEARCH = 1n << 2n;

/**
 * The account that Postgres runs under. It refuses to run as root, so root hands it to the system user `postgres`, which
 * is created when there is none; any other user runs it as they are.
 *
 * When that user may not enter the checkout (root's home, say), the server keeps one capability: to read and search
 * regardless of permissions. `paths` are what it has to reach.
 *
 * @throws Error when root finds no way; says what to do.
 */
export function choosePostgresAccount(dataDir: string, paths: readonly string[]): PostgresAccount {
  if (process.getuid?.() !== 0) return { owner: null, prefix: [] };
  const ids = ownerOfCluster(dataDir) ?? idsOf(USER) ?? createUser() ?? idsOf('nobody');
  if (ids === null) {
    throw new Error(
      'Postgres does not run as root, and no user could be created for it: run "useradd --system postgres" first, start as another user, or set DATABASE_URL.',
    );
  }
  const plain: PostgresAccount = { owner: ids, ...ids, prefix: [] };
  if (canReach(plain, paths)) return plain;
  const capable: PostgresAccount = { owner: ids, prefix: withSearchCapability(ids) };
  if (canReach(capable, paths)) return capable;
  throw new Error(
    `Postgres does not run as root, and uid ${ids.uid} may not enter ${paths[0] ?? dataDir}: move the checkout out of root's home (to /opt, say), start as another user, or set DATABASE_URL.`,
  );
}

/** A cluster that an ordinary user made is run as that user; Postgres insists on it. */
function ownerOfCluster(dataDir: string): Ids | null {
  if (!existsSync(join(dataDir, 'PG_VERSION'))) return null;
  const { uid, gid } = statSync(dataDir);
  return uid === 0 ? null : { uid, gid };
}

function idsOf(user: string): Ids | null {
  try {
    const idOf = (flag: string): number =>
      Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: idOf('-u'), gid: idOf('-g') };
  } catch {
    return null; // no such user
  }
}

function createUser(): Ids | null {
  // Two processes may do this at once: the slower one fails, and finds the user all the same.
  spawnSync('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    USER,
  ]);
  return idsOf(USER);
}

/**
 * The narrower capability is missing in most containers, the wider one is there. `no_setuid_fixup` keeps it in force for
 * access(2), by which Postgres looks for its own executable.
 */
function withSearchCapability({ uid, gid }: Ids): string[] {
  const effective = BigInt(`0x${/CapEff:\s*(\w+)/.exec(readStatus())?.[1] ?? '0'}`);
  const narrow = (effective & CAP_DAC_READ_SEARCH) !== 0n;
  const name = narrow ? 'dac_read_search' : 'dac_override';
  if (!narrow && (effective & CAP_DAC_OVERRIDE) === 0n) return [];
  const only = `-all,+${name}`;
  return [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    `--inh-caps=${only}`,
    `--ambient-caps=${only}`,
    '--securebits=+no_setuid_fixup',
    '--',
  ];
}

function readStatus(): string {
  return existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
}

/** Asked of the system itself, by a process of that account: no reading of permission bits gets it all right. */
function canReach({ uid, gid, prefix }: PostgresAccount, paths: readonly string[]): boolean {
  if (uid === undefined && prefix.length === 0) return false;
  const script = 'process.argv.slice(1).forEach((path) => fs.accessSync(path))';
  const [command, ...args] = [...prefix, process.execPath, '-e', script, ...paths];
  return spawnSync(command!, args, { uid, gid, stdio: 'ignore', cwd: '/' }).status === 0;
}
