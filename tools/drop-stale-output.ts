import { existsSync, globSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `node tools/drop-stale-output.ts <output> <source>`: removes what the compiler once made from files that are gone. It
 * never does so itself, and a package would ship it. What is left stays in place, for a process that is running from it.
 */
const [output = '', source = ''] = process.argv.slice(2);

for (const file of globSync('**/*.{js,js.map,d.ts}', { cwd: output })) {
  const from = file.replace(/\.(js|js\.map|d\.ts)$/, '.ts');
  if (!existsSync(join(source, from))) rmSync(join(output, file));
}
