import { commandsAtStart, type HookCommand, type SwitchName } from '../inject/agent-commands.ts';
import type { Control } from './control.interface.ts';
import { guardOff } from './guard-off.control.ts';

const NOTHING_TO_PREPARE = (): Promise<void> => Promise.resolve();

function switchedOn(...names: readonly SwitchName[]): Readonly<Record<string, string>> {
  return commandsAtStart(names.map((name): HookCommand => ({ command: 'switch', name, on: true })));
}

/** In the order of their begins: the first one needs a second try more often than the others. */
export const ALL_CONTROLS: readonly Control[] = [
  {
    name: 'answer-after-commit',
    sentence:
      'the answer is kept under its idempotency key after the commit: who dies in between leaves an effect that the retry does not know',
    expected: ['C4', 'C2'],
    env: switchedOn('answer-after-commit'),
    faults: ['service-crash-before-answer-kept', 'postgres-lost-ack'],
    prepare: NOTHING_TO_PREPARE,
  },
  guardOff,
  {
    name: 'key-compare-off',
    sentence:
      'the end of a broadcast deletes the key whatever it names: a late or repeated event takes the key of the next broadcast',
    expected: ['C6'],
    // The reconciler would write the lost keys again before a checker looks.
    env: switchedOn('key-compare-off', 'reconcile-off'),
    faults: ['event-duplicate', 'late-close'],
    prepare: NOTHING_TO_PREPARE,
  },
  {
    name: 'key-believed',
    sentence:
      'the key is believed without asking Postgres, and its deletion gets lost: free customers are refused',
    expected: ['C2', 'C8'],
    env: switchedOn('key-believed', 'key-close-off', 'reconcile-off'),
    faults: [],
    prepare: NOTHING_TO_PREPARE,
  },
  {
    name: 'acknowledgement-off',
    sentence: 'an event counts as delivered once it is published: without a listener it is lost',
    expected: ['C5'],
    env: switchedOn('acknowledgement-off', 'report-heard'),
    faults: ['listeners-kill'],
    prepare: NOTHING_TO_PREPARE,
  },
];
