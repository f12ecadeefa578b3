import { type Actor, signTestToken } from '../../test/support/api-client.ts';
import type { TokenSigner } from '../site/issuer.ts';

/** Half of a token's life, so that none ends while its request is on its way. */
const KEEP_MS = 30 * 60_000;
/** Fresh customers come without end; signing anew costs less than remembering them all. */
const LIMIT = 5_000;

interface KeptToken {
  readonly token: Promise<string>;
  readonly signedAtMs: number;
  readonly keyId: string;
}

/**
 * Signs once for each actor, and again before the token ends or when the issuer has another key. Every other actor has
 * tokens of the issuer, the rest those of the shared secret: services take both, and a fault of the issuer leaves half of
 * the load.
 */
export class TokenCache {
  readonly #issuer: TokenSigner;
  readonly #tokens = new Map<string, KeptToken>();

  constructor(issuer: TokenSigner) {
    this.#issuer = issuer;
  }

  of(actor: Actor): Promise<string> {
    const name = `${actor.role} ${actor.sub}`;
    const { keyId } = this.#issuer;
    const kept = this.#tokens.get(name);
    const nowMs = performance.now();
    if (kept?.keyId === keyId && nowMs - kept.signedAtMs < KEEP_MS) return kept.token;
    if (this.#tokens.size >= LIMIT) this.#tokens.clear();
    const token = isOfIssuer(actor) ? this.#issuer.sign(actor) : signTestToken(actor);
    this.#tokens.set(name, { token, signedAtMs: nowMs, keyId });
    return token;
  }
}

function isOfIssuer({ sub }: Actor): boolean {
  return sub.charCodeAt(sub.length - 1) % 2 === 0;
}
