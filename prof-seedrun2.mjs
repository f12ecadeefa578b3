import { transformSync } from '@swc/core';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
registerHooks({ load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts') || !url.includes('/libs/')) return nextLoad(url, context);
  const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), { filename: fileURLToPath(url), sourceMaps: 'inline', jsc: { parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true, decoratorMetadata: true }, target: 'es2022' } });
  return { format: 'module', source: code, shortCircuit: true };
} });
const { explore } = await import('./libs/customer-broadcast/test/simulation/campaign.ts');
const from = Number(process.argv[2]);
for (let seed = from; seed < from + 2000; seed += 18) {
  const { found, foundAfter } = await explore({ seed, steps: 500_000, sabotage: { noTombstone: true } });
  console.log(seed, found?.slice(0, 60), JSON.stringify(foundAfter));
  if (found) break;
}
