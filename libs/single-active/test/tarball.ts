import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const PACKAGE = resolve(import.meta.dirname, '..');

export interface Tarball {
  readonly path: string;
  /** Paths inside the package. */
  readonly files: readonly string[];
  read(): Promise<Buffer>;
  remove(): Promise<void>;
}

/** What `npm pack` makes of the package as it is now, in a folder outside of the repository. */
export async function packTarball(): Promise<Tarball> {
  const folder = await mkdtemp(join(tmpdir(), 'single-active-tarball-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: PACKAGE });
  // `prepack` writes to the same standard output, before it; newer versions of npm name the package.
  const answer = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as object;
  const [packed] = Object.values(answer) as { filename: string; files: { path: string }[] }[];
  const path = join(folder, packed!.filename);
  return {
    path,
    files: packed!.files.map((file) => file.path),
    read: () => readFile(path),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
