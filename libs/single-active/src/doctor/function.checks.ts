import type { Database } from '../database.interface.ts';
import type { RuleMode } from '../install/step.ts';
import type { RuleSteps } from '../install/steps.ts';
import type { Finding } from './finding.interface.ts';
import * as say from './findings.messages.ts';

/** A statement that creates a function: its name with the schema, and its body. */
const CREATED = /\bFUNCTION ("(?:[^"]|"")*"\."(?:[^"]|"")*")\(.* AS (\$single_active\w*\$)(.*)\2$/s;

interface Installed {
  readonly name: string;
  readonly body: string;
  readonly isSafe: boolean;
}

/**
 * Functions that do not have the body that the rule gave them, run with the caller's rights or names, or may be called by
 * every role.
 */
export async function checkFunctions(db: Database, steps: RuleSteps, mode: RuleMode): Promise<Finding[]> {
  const expected = steps.functions(mode).flatMap((statement) => {
    const [, name = '', , body = ''] = CREATED.exec(statement) ?? [];
    return name === '' ? [] : [{ name, body }];
  });
  const { rows } = await db.query(
    `SELECT wanted.name, p.prosrc AS body,
            pg_catalog.array_to_string(p.proconfig, ',') LIKE '%search_path=pg_catalog%'
              AND p.prosecdef = (p.prorettype <> 'record'::regtype OR NOT p.proretset)
              AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
                               WHERE a.grantee = 0) AS "isSafe"
       FROM pg_catalog.unnest($1::text[]) AS wanted (name)
       JOIN pg_catalog.pg_proc p ON p.oid = pg_catalog.to_regproc(wanted.name)`,
    [expected.map(({ name }) => name)],
  );
  const installed = new Map((rows as Installed[]).map((found) => [found.name, found]));
  return expected
    .filter(({ name, body }) => {
      const found = installed.get(name);
      return !found?.isSafe || found.body !== body;
    })
    .map(({ name }) => say.functionChanged(name));
}
