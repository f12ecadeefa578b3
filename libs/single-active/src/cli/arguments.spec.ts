import { describe, expect, it } from '@jest/globals';

import { parseArguments } from './arguments.ts';
import { UsageError } from './usage.error.ts';

describe('parseArguments', () => {
  it('reads a command, and the config file that is usual', () => {
    expect(parseArguments(['plan'])).toEqual({
      command: 'plan',
      config: 'single-active.config.mjs',
      isObserve: false,
      isSql: false,
      isJson: false,
    });
  });

  it.each([
    [['install', '--observe', '--config', 'a.mjs'], { command: 'install', isObserve: true, config: 'a.mjs' }],
    [['--config=a.mjs', 'report', '--json'], { command: 'report', isJson: true, config: 'a.mjs' }],
    [['plan', '--sql'], { command: 'plan', isSql: true }],
  ])('reads %p', (argv, expected) => {
    expect(parseArguments(argv)).toMatchObject(expected);
  });

  it.each([
    [['--help'], 'help'],
    [['plan', '-h'], 'help'],
    [['-v'], 'version'],
  ])('reads %p as %s', (argv, expected) => {
    expect(parseArguments(argv)).toBe(expected);
  });

  it.each([
    [[], /No command.*Use one of: plan, install, doctor, report, uninstall/],
    [['instal'], /Unknown command "instal".*Use one of/],
    [['plan', 'b.mjs'], /Unexpected argument "b\.mjs".*--help/s],
    [['plan', '--observe'], /--observe belongs to install, not to plan.*single-active install/],
    [['doctor', '--sql'], /--sql belongs to plan, not to doctor.*single-active plan/],
    [['plan', '--confg', 'a.mjs'], /--confg.*--help/s],
    [['plan', '--config'], /--config.*--help/s],
  ])('refuses %p and names the remedy', (argv, text) => {
    expect(() => parseArguments(argv)).toThrow(UsageError);
    expect(() => parseArguments(argv)).toThrow(text);
  });
});
