import { ALL_FAULTS } from './nemesis/all-faults.ts';
import { parseOptions, USAGE } from './options.ts';
import { runCampaign } from './run/campaign.ts';
import { judgeAgain, runOnce } from './run/chaos-run.ts';
import { runControls } from './run/controls-run.ts';

/** `npm run chaos`. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === null) {
    console.log(USAGE);
    return 0;
  }
  if (options.fault === 'list') {
    for (const { name, matrix, sentence } of ALL_FAULTS) {
      console.log(`${matrix.padEnd(4)} ${name.padEnd(36)} ${sentence}`);
    }
    return 0;
  }
  if (options.judge !== null) return (await judgeAgain(options.judge)) ? 0 : 1;
  if (options.campaign) return (await runCampaign(options)) ? 0 : 1;
  const isGreen = await runOnce(options, options.seed);
  const areFound = await runControls(options, options.seed);
  return isGreen && areFound ? 0 : 1;
}
