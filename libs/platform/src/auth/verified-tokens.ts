import type { CryptoKey, JWSHeaderParameters, JWTPayload } from 'jose';
import { hash } from 'node:crypto';
import type { Actor } from './actor.interface.ts';

/** Some 2 MB. Whoever comes back later than that many others pays for a signature again. */
const MOST_TOKENS = 5_000;

/** A token that was found good, and what it takes to see that it still is. */
export interface VerifiedToken {
  readonly actor: Actor;
  readonly header: JWSHeaderParameters;
  readonly claims: Pick<JWTPayload, 'exp' | 'nbf'>;
  /** Which verified it. */
  readonly key: CryptoKey;
}

/**
 * Remembers whose signature was checked, as most tokens come more than once. Neither the key nor the time is remembered to be
 * good: who finds a token here still asks for both. Tokens themselves are not kept, only their SHA-256.
 */
export class VerifiedTokens {
  private readonly byHash = new Map<string, VerifiedToken>();

  find(token: string): VerifiedToken | undefined {
    return this.byHash.get(hashOf(token));
  }

  keep(token: string, verified: VerifiedToken): void {
    const [oldest] = this.byHash.keys();
    if (oldest !== undefined && this.byHash.size >= MOST_TOKENS) this.byHash.delete(oldest);
    this.byHash.set(hashOf(token), verified);
  }
}

function hashOf(token: string): string {
  return hash('sha256', token, 'base64');
}
