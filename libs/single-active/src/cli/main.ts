#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

// No await at the top: the package can also be loaded by require().
void runCommandLine(process.argv.slice(2), {
  env: process.env,
  folder: process.cwd(),
  hasColours: process.stdout.isTTY && (process.env.NO_COLOR ?? '') === '',
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
}).then((code) => {
  process.exitCode = code;
});
