import type { AlsoWritten } from '@app/customer-broadcast';

/**
 * Writes how many transporters were told, with the step that says so; the first report is kept.
 *
 * @param notified 0 or more
 */
export function notifiedColumn(notified: number): AlsoWritten {
  return {
    name: 'notified',
    sql: (value) => `notified = coalesce(t.notified, ${value}::integer)`,
    value: notified,
  };
}
