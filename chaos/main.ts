import { ALL_FAULTS } from './nemesis/all-faults.ts';
import { parseOptions, USAGE } from './options.ts';
import { runOnce } from './run/chaos-run.ts';

/** `npm run chaos`. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === null) {
    console.log(USAGE);
    return 0;
  }
  if (options.fault === 'list') {
    for (const { name, matrix, sentence } of ALL_FAULTS)
      console.log(`${matrix.padEnd(4)} ${name.padEnd(36)} ${sentence}`);
    return 0;
  }
  return (await runOnce(options, options.seed)) ? 0 : 1;
}
