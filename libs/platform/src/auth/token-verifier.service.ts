import { Inject, Injectable } from '@nestjs/common';
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { webcrypto } from 'node:crypto';
import { ENVIRONMENT, type AuthEnvironment, type Environment } from '../config/environment.interface.ts';
import { PlatformException } from '../problems/platform.exception.ts';
import { parseActor, type Actor } from './actor.interface.ts';
import { createRemoteKeys } from './remote-keys.ts';

/** For clocks that differ a little; more would let expired tokens live on. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** An allow-list for each kind of key: a public key must never be taken for the secret of an HMAC. */
const SECRET_ALGORITHMS = ['HS256'];
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'ES256', 'PS256', 'EdDSA'];

/** Turns a bearer token into an actor, or says why not. */
@Injectable()
export class TokenVerifier {
  private readonly auth: AuthEnvironment;
  private readonly remoteKeys: JWTVerifyGetKey | undefined;
  private readonly secretKey: Promise<webcrypto.CryptoKey> | undefined;

  constructor(@Inject(ENVIRONMENT) { auth }: Environment) {
    this.auth = auth;
    this.remoteKeys = auth.jwksUrl === undefined ? undefined : createRemoteKeys(auth.jwksUrl);
    // Imported once: jose would import raw bytes anew for each token.
    this.secretKey = auth.jwtSecret === undefined ? undefined : importSecret(auth.jwtSecret);
  }

  /**
   * @throws PlatformException UNAUTHENTICATED for a token that is not acceptable; DEPENDENCY_UNAVAILABLE when the
   * issuer's keys are needed and cannot be fetched
   */
  async verify(token: string): Promise<Actor> {
    const actor = parseActor(await this.verifyClaims(token));
    if (actor) return actor;
    throw refusal('The token needs a sub of 1 to 128 visible ASCII characters and a known role.');
  }

  private async verifyClaims(token: string): Promise<JWTPayload> {
    try {
      return await this.verifySignature(token);
    } catch (error) {
      if (error instanceof PlatformException) throw error;
      if (error instanceof errors.JWTExpired) throw refusal('The token has expired.', error);
      throw refusal('The token is not valid.', error);
    }
  }

  private async verifySignature(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.auth;
    const claims = { issuer, audience, clockTolerance: CLOCK_TOLERANCE_SECONDS };
    const isHmac = decodeProtectedHeader(token).alg?.startsWith('HS') ?? false;
    if (isHmac && this.secretKey) {
      return (await jwtVerify(token, await this.secretKey, { ...claims, algorithms: SECRET_ALGORITHMS }))
        .payload;
    }
    if (!isHmac && this.remoteKeys) {
      return (await jwtVerify(token, this.remoteKeys, { ...claims, algorithms: PUBLIC_KEY_ALGORITHMS }))
        .payload;
    }
    throw refusal('The token is signed with an algorithm that is not accepted.');
  }
}

function importSecret(secret: string): Promise<webcrypto.CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return webcrypto.subtle.importKey('raw', Buffer.from(secret), algorithm, false, ['verify']);
}

function refusal(message: string, cause?: unknown): PlatformException {
  return new PlatformException('UNAUTHENTICATED', message, {}, { cause });
}
