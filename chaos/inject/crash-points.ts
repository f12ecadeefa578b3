/** What is known of a place in the code where a process can be made to die or to wait. */
export interface CrashPoint {
  readonly number: number;
  readonly name: CrashPointName;
  /** What has been done there, and what has not. */
  readonly sentence: string;
}

const SENTENCES = {
  'after-lock': 'the lock of the create is held, nothing is checked or written',
  'after-check': 'Postgres has said that the slot is free, nothing is written',
  'after-insert': 'the row of a create with an idempotency key is inserted, and not committed',
  'after-cancel-active':
    'a create that replaces has cancelled the old broadcast, not committed, and not inserted the new one',
  'before-answer-kept': 'the row is inserted, the answer is not kept under its key, nothing is committed',
  'after-answer-kept': 'row and answer are written, nothing is committed',
  'after-commit': 'the row is committed, the key is not set',
  'after-key': 'the row is committed and the key set, the lock is held',
  'before-release': 'the create is over, the lock is about to be released',
  'after-release': 'the create is over and its lock released, the answer has not been sent',
  'after-claim': 'a request over Redis is claimed, its handler has not begun',
  'after-fill': 'the trucks of an accept are counted, nothing is committed',
  'before-close': 'the end of a broadcast is committed, its key is still there, the answer has not been sent',
  'after-close': 'the end of a broadcast is committed and its key deleted, the answer has not been sent',
  'listener-before-close': 'the listener has a terminal event and has done nothing about it',
  'listener-before-reply': 'the listener has dealt with a terminal event and not replied',
  'after-outbox-claim': 'the relay has claimed events and published none',
  'after-publish': 'the events are acknowledged, their broadcasts are not yet broadcasting',
  'before-mark': 'the events are acknowledged and their broadcasts dispatched, their rows not marked',
  'after-expiry-batch': 'a batch is expired and committed, the relay has not been told',
} as const;

export type CrashPointName = keyof typeof SENTENCES;

/** Every point, in the order of a broadcast's life. The numbers are those of the reports. */
export const CRASH_POINTS: readonly CrashPoint[] = Object.entries(SENTENCES).map(
  ([name, sentence], index) => ({ number: index + 1, name: name as CrashPointName, sentence }),
);
