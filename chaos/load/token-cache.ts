import { type Actor, signTestToken } from '../../test/support/api-client.ts';

/** Half of a token's life, so that none ends while its request is on its way. */
const KEEP_MS = 30 * 60_000;
/** Fresh customers come without end; signing anew costs less than remembering them all. */
const LIMIT = 5_000;

/** Signs once for each actor, and again before the token ends. */
export class TokenCache {
  readonly #tokens = new Map<string, { readonly token: Promise<string>; readonly signedAtMs: number }>();

  of(actor: Actor): Promise<string> {
    const name = `${actor.role} ${actor.sub}`;
    const kept = this.#tokens.get(name);
    const nowMs = performance.now();
    if (kept && nowMs - kept.signedAtMs < KEEP_MS) return kept.token;
    if (this.#tokens.size >= LIMIT) this.#tokens.clear();
    const token = signTestToken(actor);
    this.#tokens.set(name, { token, signedAtMs: nowMs });
    return token;
  }
}
