import { Logger } from '@nestjs/common';
import {
  createRemoteJWKSet,
  errors,
  type CryptoKey,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
} from 'jose';
import { PlatformException } from '../problems/platform.exception.ts';

/** Well under the 5 s a request has; a healthy issuer answers in 100 ms. */
const FETCH_TIMEOUT_MS = 1_000;
/** A flood of unknown key ids costs the issuer one request in this time. */
const COOLDOWN_MS = 30_000;
/** How soon a key that the issuer has withdrawn stops being accepted. */
const REFRESH_AFTER_MS = 10 * 60_000;

/** The key for a token of this header; the same object for as long as it is the same key. */
export type KeyOf = (header: JWSHeaderParameters, token?: FlattenedJWSInput) => Promise<CryptoKey>;

/**
 * The issuer's public keys. Fetched on first use, again for an unknown key id, and in the background every ten
 * minutes: known keys go on working while the issuer is down.
 *
 * The function throws PlatformException DEPENDENCY_UNAVAILABLE when keys are needed and cannot be fetched.
 */
export function createRemoteKeys(url: string): KeyOf {
  const logger = new Logger('RemoteKeys');
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: Infinity,
  });
  let refreshAt = Date.now() + REFRESH_AFTER_MS;
  const refresh = () => {
    if (Date.now() < refreshAt) return;
    refreshAt = Date.now() + REFRESH_AFTER_MS;
    keys
      .reload()
      .catch((error: unknown) => logger.warn({ msg: 'cannot refresh the keys', reason: String(error) }));
  };
  return async (header, token) => {
    refresh();
    try {
      return await keys(header, token);
    } catch (cause) {
      if (isAboutTheToken(cause)) throw cause;
      throw new PlatformException(
        'DEPENDENCY_UNAVAILABLE',
        'Tokens cannot be checked right now: the issuer does not answer.',
        {},
        { cause },
      );
    }
  };
}

function isAboutTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
