import { validationFailed } from '../problems/platform.exception.ts';

/** Our deepest payload has four levels. A limit keeps whoever walks a payload recursively from a stack overflow. */
const MAX_DEPTH = 16;
/**
 * Names that every object has. Some reach a prototype; the others are dropped unseen when a payload becomes an instance of
 * its DTO, and so would not be refused as unknown.
 */
const POISONED_KEYS = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype']);

/**
 * Accepts plain data of a reasonable depth.
 *
 * @throws PlatformException VALIDATION_FAILED for keys that every object has, for a list in a list, which nested validation
 *   would look through, and for deeper nesting
 */
export function assertSafeJson(value: unknown): void {
  const pending: { value: unknown; path: string; depth: number }[] = [{ value, path: '', depth: 0 }];
  let listInList: string | undefined;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth >= MAX_DEPTH) throw validationFailed([{ field: 'body', message: 'is nested too deeply' }]);
    for (const [key, inner] of Object.entries(next.value)) {
      const path = next.path === '' ? key : `${next.path}.${key}`;
      if (POISONED_KEYS.has(key)) throw validationFailed([{ field: path, message: 'is not allowed' }]);
      if (Array.isArray(next.value) && Array.isArray(inner)) listInList ??= path;
      pending.push({ value: inner, path, depth: next.depth + 1 });
    }
  }
  if (listInList !== undefined)
    throw validationFailed([{ field: listInList, message: 'must not be a list' }]);
}
