/** What of a Redis a script may use. */
export interface RedisKeys {
  get(key: string): string | null;
  set(key: string, value: string, endsAtMs: number): void;
  delete(key: string, asOwner: string): number;
  readonly nowMs: number;
}

/** What is taken out of a script, to see whether the simulation notices. */
export interface ScriptSabotage {
  /** The key is deleted whatever it holds. */
  readonly plainDelete?: boolean;
  /** A write does not look for the tombstone. */
  readonly noTombstone?: boolean;
  /** The lock is released by whoever asks. */
  readonly releaseWithoutOwner?: boolean;
}

type Script = (redis: RedisKeys, keys: readonly string[], args: readonly string[]) => number;

/**
 * The meaning of the library's six Lua scripts, by a phrase that only the script in question has; a script without a phrase
 * known here is an error. redis-stand-in.int-spec.ts compares them with a real Redis.
 */
export function scriptOf(lua: string, sabotage: ScriptSabotage): Script {
  if (lua.includes("redis.call('DEL', KEYS[2])")) {
    return (redis, [key = '', tombstone = ''], [value = '', endsAtMs = '', mark = '']) => {
      if (redis.get(tombstone) !== mark) return 0;
      redis.delete(tombstone, mark);
      redis.set(key, value, Number(endsAtMs));
      return 1;
    };
  }
  if (lua.includes("'PXAT'")) {
    return (redis, [key = '', tombstone = ''], [value = '', endsAtMs = '']) => {
      if (!sabotage.noTombstone && redis.get(tombstone) !== null) return 0;
      redis.set(key, value, Number(endsAtMs));
      return 1;
    };
  }
  const deleteIfSame: Script = (redis, [key = ''], [value = '']) =>
    (sabotage.plainDelete ? redis.get(key) !== null : redis.get(key) === value)
      ? redis.delete(key, value)
      : 0;
  if (lua.includes("redis.call('SET', KEYS[2]")) {
    return (redis, keys, args) => {
      redis.set(keys[1] ?? '', args[2] ?? '', redis.nowMs + Number(args[1]));
      return deleteIfSame(redis, keys, args);
    };
  }
  if (lua.includes("redis.call('GET', KEYS[1]) == ARGV[1]")) return deleteIfSame;
  if (lua.includes("'NX', 'PX'")) {
    return (redis, [key = ''], [owner = '', ttlMs = '']) => {
      if (redis.get(key) !== null) return 0; // every key of the stand-in ends
      redis.set(key, owner, redis.nowMs + Number(ttlMs));
      return 1;
    };
  }
  if (lua.includes("redis.call('GET', KEYS[1]) ~= ARGV[1]")) {
    return (redis, [key = ''], [owner = '']) => {
      const held = redis.get(key);
      if (held === null || (held !== owner && !sabotage.releaseWithoutOwner)) return 0;
      return redis.delete(key, owner);
    };
  }
  throw new Error(`The simulation does not know this script; give its meaning in redis-scripts.ts:\n${lua}`);
}
