import { validationFailed } from '../problems/platform.exception.ts';

/** Our deepest payload has four levels. A limit keeps whoever walks a payload recursively from a stack overflow. */
const MAX_DEPTH = 16;
const POISONED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Accepts plain data of a reasonable depth.
 *
 * @throws PlatformException VALIDATION_FAILED for keys that would reach a prototype, and for deeper nesting
 */
export function assertSafeJson(value: unknown): void {
  const pending: { value: unknown; path: string; depth: number }[] = [{ value, path: '', depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth >= MAX_DEPTH) throw validationFailed([{ field: 'body', message: 'is nested too deeply' }]);
    for (const [key, inner] of Object.entries(next.value)) {
      const path = next.path === '' ? key : `${next.path}.${key}`;
      if (POISONED_KEYS.has(key)) throw validationFailed([{ field: path, message: 'is not allowed' }]);
      pending.push({ value: inner, path, depth: next.depth + 1 });
    }
  }
}
