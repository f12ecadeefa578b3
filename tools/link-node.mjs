// After `npm ci`, on whatever Node the machine has, so it is plain JavaScript. npm 10, which comes with Node 20, takes away
// the link to the Node of this repository together with those of the packages for other systems.
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

const MODULES = resolve(import.meta.dirname ?? '.', '../node_modules');
const LINK = join(MODULES, '.bin/node');

if (process.platform !== 'win32' && existsSync(join(MODULES, '.bin')) && !existsSync(LINK)) {
  const name = readdirSync(MODULES).find(
    (entry) => /^node-(bin-)?(linux|darwin)-/.test(entry) && existsSync(join(MODULES, entry, 'bin/node')),
  );
  if (name) symlinkSync(`../${name}/bin/node`, LINK);
}
