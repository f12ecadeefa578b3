/** Values that Postgres takes from the clock, the session or chance. */
const TIME_WORDS =
  /\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|current_timestamp|current_date|current_time|localtimestamp|localtime|random|gen_random_uuid|current_user|session_user|current_role|current_setting)\b/i;
const SELECT = /\bselect\b/i;

/** SQL without what stands in quotes or comments, where a word means nothing. */
const withoutQuotes = (sql: string): string =>
  sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[^]*?\*\//g, ' ');

/** The first word whose value changes by itself, or null. Functions of the application are not looked into. */
export const findTimeWord = (sql: string): string | null => TIME_WORDS.exec(withoutQuotes(sql))?.[1] ?? null;

export const hasSubquery = (sql: string): boolean => SELECT.test(withoutQuotes(sql));

/** Whether the SQL mentions the name, in quotes or without. May say yes for a name that is something else. */
export const namesColumn = (sql: string, column: string): boolean =>
  new RegExp(`(^|[^\\w$])${column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}($|[^\\w$])`, 'i').test(
    sql.replace(/'(?:[^']|'')*'/g, ' '),
  );
