import { Inject, Injectable } from '@nestjs/common';
import { decodeProtectedHeader, errors, jwtVerify, type CryptoKey } from 'jose';
import { webcrypto } from 'node:crypto';
import { ENVIRONMENT, type AuthEnvironment, type Environment } from '../config/environment.interface.ts';
import { PlatformException } from '../problems/platform.exception.ts';
import { parseActor, type Actor } from './actor.interface.ts';
import { createRemoteKeys, type KeyOf } from './remote-keys.ts';
import { VerifiedTokens, type VerifiedToken } from './verified-tokens.ts';

/** For clocks that differ a little; more would let expired tokens live on. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** An allow-list for each kind of key: a public key must never be taken for the secret of an HMAC. */
interface AcceptedKeys {
  readonly algorithms: string[];
  readonly keyOf: KeyOf;
}

/** Turns a bearer token into an actor, or says why not. */
@Injectable()
export class TokenVerifier {
  private readonly auth: AuthEnvironment;
  private readonly publicKeys: AcceptedKeys | undefined;
  private readonly secret: AcceptedKeys | undefined;
  private readonly verified = new VerifiedTokens();

  constructor(@Inject(ENVIRONMENT) { auth }: Environment) {
    this.auth = auth;
    if (auth.jwksUrl !== undefined) {
      const algorithms = ['RS256', 'ES256', 'PS256', 'EdDSA'];
      this.publicKeys = { algorithms, keyOf: createRemoteKeys(auth.jwksUrl) };
    }
    if (auth.jwtSecret !== undefined) {
      // Imported once: jose would import raw bytes anew for each token.
      const key = importSecret(auth.jwtSecret);
      this.secret = { algorithms: ['HS256'], keyOf: () => key };
    }
  }

  /**
   * A token that was found good before is good while its time has not passed and the key that verified it is still the one
   * that the issuer publishes for it; its signature is not computed again.
   *
   * @throws PlatformException UNAUTHENTICATED for a token that is not acceptable; DEPENDENCY_UNAVAILABLE when the
   * issuer's keys are needed and cannot be fetched
   */
  async verify(token: string): Promise<Actor> {
    try {
      const known = this.verified.find(token);
      if (known && (await this.isStillGood(known))) return known.actor;
      return await this.verifyAnew(token);
    } catch (error) {
      if (error instanceof PlatformException) throw error;
      if (error instanceof errors.JWTExpired) throw refusal('The token has expired.', error);
      throw refusal('The token is not valid.', error);
    }
  }

  private async isStillGood({ header, claims: { exp, nbf }, key }: VerifiedToken): Promise<boolean> {
    const now = Math.floor(Date.now() / 1000);
    if (exp !== undefined && exp <= now - CLOCK_TOLERANCE_SECONDS) return false;
    if (nbf !== undefined && nbf > now + CLOCK_TOLERANCE_SECONDS) return false;
    return (await this.accepted(header).keyOf(header)) === key;
  }

  private async verifyAnew(token: string): Promise<Actor> {
    const { issuer, audience } = this.auth;
    const { keyOf, algorithms } = this.accepted(decodeProtectedHeader(token));
    const { payload, protectedHeader, key } = await jwtVerify(token, keyOf, {
      issuer,
      audience,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      algorithms,
    });
    const actor = parseActor(payload);
    if (!actor) throw refusal('The token needs a sub of 1 to 128 visible ASCII characters and a known role.');
    const { exp, nbf } = payload;
    this.verified.keep(token, { actor, header: protectedHeader, claims: { exp, nbf }, key });
    return actor;
  }

  private accepted({ alg }: { readonly alg?: string }): AcceptedKeys {
    const accepted = (alg?.startsWith('HS') ?? false) ? this.secret : this.publicKeys;
    if (accepted) return accepted;
    throw refusal('The token is signed with an algorithm that is not accepted.');
  }
}

function importSecret(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return webcrypto.subtle.importKey('raw', Buffer.from(secret), algorithm, false, ['verify']);
}

function refusal(message: string, cause?: unknown): PlatformException {
  return new PlatformException('UNAUTHENTICATED', message, {}, { cause });
}
