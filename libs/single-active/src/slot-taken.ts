/** What a refusal of a rule says. @publicApi */
export interface SlotTaken {
  /** The rule's name. */
  readonly rule: string;
  /**
   * The key that has no free slot, as Postgres prints it (`'42'` for an integer). Null where the driver keeps Postgres'
   * DETAIL to itself, as Prisma does: the application then takes the key from what it wanted to write.
   */
  readonly key: string | null;
}

const UNIQUE_VIOLATION = '23505';
const RULE = /^single_active:([a-z][a-z0-9-]{0,39})$/;
/** In the language of the server the words around it differ; the key may contain `, ` and `)`, so the last ones count. */
const DETAIL = /\(key, slot\)=\(([^]*), \d+\)/;
/** Where drivers and ORMs keep the error that they wrap. */
const WRAPPED = [
  'cause',
  'driverError',
  'original',
  'originalError',
  'parent',
  'meta',
  'driverAdapterError',
  'error',
] as const;
/** An error may be wrapped by each layer of an application; a longer chain is a cycle that makes new objects. */
const MAX_LOOKED_AT = 100;

/**
 * Recognises the refusal of a rule in what a statement rejected with: an error of pg, postgres.js, TypeORM, Knex, Drizzle or
 * Prisma, however often it is wrapped (`cause`, `errors` of an AggregateError and the like).
 *
 * Never throws, whatever it is given; looks at 100 objects at most.
 *
 * @returns null for every other error: that one is not a refusal, so throw it on.
 * @example
 * const taken = asSlotTaken(error);
 * if (taken === null) throw error;
 * reply.code(409).send(`${taken.key} has an active request.`);
 * @publicApi
 */
export function asSlotTaken(error: unknown): SlotTaken | null {
  const waiting: unknown[] = [error];
  const seen = new Set<object>();
  for (const candidate of waiting) {
    if (typeof candidate !== 'object' || candidate === null || seen.has(candidate)) continue;
    if (seen.size === MAX_LOOKED_AT) return null;
    seen.add(candidate);
    const taken = readRefusal(candidate);
    if (taken !== null) return taken;
    for (const field of WRAPPED) waiting.push(read(candidate, field));
    waiting.push(...readList(candidate, 'errors'));
  }
  return null;
}

function readRefusal(error: object): SlotTaken | null {
  const state = read(error, 'code');
  if (state !== UNIQUE_VIOLATION && read(error, 'originalCode') !== UNIQUE_VIOLATION) return null;
  const rule = RULE.exec(readConstraint(error))?.[1];
  if (rule === undefined) return null;
  const detail = read(error, 'detail');
  return { rule, key: typeof detail === 'string' ? (DETAIL.exec(detail)?.[1] ?? null) : null };
}

/** pg calls it `constraint`, postgres.js `constraint_name`, Prisma's adapters `constraint.index`. */
function readConstraint(error: object): string {
  const constraint = read(error, 'constraint') ?? read(error, 'constraint_name');
  const name = typeof constraint === 'object' && constraint !== null ? read(constraint, 'index') : constraint;
  return typeof name === 'string' ? name : '';
}

function readList(from: object, field: string): unknown[] {
  const list = read(from, field);
  try {
    return Array.isArray(list) ? list.slice(0, MAX_LOOKED_AT) : [];
  } catch {
    return []; // a proxy that does not let itself be read
  }
}

/** An error's fields may be getters of its application, and those may throw. */
function read(from: object, field: string): unknown {
  try {
    return (from as Record<string, unknown>)[field];
  } catch {
    return undefined;
  }
}
