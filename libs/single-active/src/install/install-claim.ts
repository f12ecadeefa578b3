import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../database.interface.ts';
import type { Rule } from '../rule.ts';
import type { RuleNames } from '../sql/v1/rule-names.ts';

/** The install of a process that died holds up the next one for as long. Longer than any single step should take. */
const CLAIM_S = 60;
const PATIENCE_MS = 90_000;
const PAUSE_MS = 200;

/** One install of a rule at a time, on whichever connections: its row in `rules` is claimed for a minute. */
export class InstallClaim {
  private readonly owner = randomUUID();

  constructor(
    private readonly db: Database,
    private readonly rule: Rule,
    private readonly names: RuleNames,
  ) {}

  /** @throws Error when another install of the rule goes on for more than 90 seconds */
  async take(): Promise<void> {
    const giveUpAtMs = performance.now() + PATIENCE_MS;
    while (!(await this.renew())) {
      if (performance.now() > giveUpAtMs)
        throw new Error(
          `Another process installs the rule '${this.rule.name}'. Wait for its end, then run install again.`,
        );
      await pause(PAUSE_MS);
    }
  }

  /** Whether the claim is this one's, for another minute. */
  async renew(): Promise<boolean> {
    const { rows } = await this.db.query(
      `WITH claimed AS (UPDATE ${this.names.rules}
         SET claimed_by = $1::text, claimed_until = pg_catalog.clock_timestamp() + interval '${CLAIM_S} seconds'
         WHERE name = $2::text AND (claimed_by IS NULL OR claimed_by = $1::text
           OR claimed_until < pg_catalog.clock_timestamp()) RETURNING name)
       SELECT name FROM claimed`,
      [this.owner, this.rule.name],
    );
    return rows.length > 0;
  }

  /** An error here would hide that of the install, and the claim ends by itself. */
  async release(): Promise<void> {
    const release = `UPDATE ${this.names.rules} SET claimed_by = NULL, claimed_until = NULL
      WHERE name = $1::text AND claimed_by = $2::text`;
    await this.db.query(release, [this.rule.name, this.owner]).catch(() => undefined);
  }
}
