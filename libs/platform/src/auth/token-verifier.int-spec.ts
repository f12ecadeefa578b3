import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWTPayload,
} from 'jose';
import { webcrypto } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../../test/redis-server.ts';
import type { AuthEnvironment, Environment } from '../config/environment.interface.ts';
import { PlatformException } from '../problems/platform.exception.ts';
import { TokenVerifier } from './token-verifier.service.ts';

const SECRET = 'a secret of at least thirty-two bytes';
const CLAIMS = { sub: 'c1', role: 'customer' };
const KEY = new TextEncoder().encode(SECRET);
const now = () => Math.floor(Date.now() / 1000);

const sign = (claims: JWTPayload, key: Uint8Array | CryptoKey = KEY, alg = 'HS256', kid?: string) =>
  new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key);
const verifier = (auth: AuthEnvironment) => new TokenVerifier({ auth } as Environment);
const refused = (code: string) => expect.objectContaining({ code });

describe('with a secret', () => {
  const strict = verifier({ jwtSecret: SECRET, issuer: 'us', audience: 'trucks' });
  const lax = verifier({ jwtSecret: SECRET });

  test('accepts a token and gives its actor', async () => {
    const token = await sign({ ...CLAIMS, iss: 'us', aud: ['x', 'trucks'], exp: now() + 60, extra: 1 });
    expect(await strict.verify(token)).toEqual({ sub: 'c1', role: 'customer' });
  });

  test('accepts a token that never expires', async () => {
    expect(await lax.verify(await sign(CLAIMS))).toEqual(CLAIMS);
  });

  test.each<[string, JWTPayload]>([
    ['another issuer', { ...CLAIMS, iss: 'them', aud: 'trucks' }],
    ['no issuer', { ...CLAIMS, aud: 'trucks' }],
    ['another audience', { ...CLAIMS, iss: 'us', aud: 'ships' }],
    ['no audience', { ...CLAIMS, iss: 'us' }],
  ])('refuses %s', async (_, claims) => {
    await expect(strict.verify(await sign(claims))).rejects.toEqual(refused('UNAUTHENTICATED'));
  });

  test.each<[string, Record<string, unknown>]>([
    ['an expired token', { ...CLAIMS, exp: now() - 60 }],
    ['a token that is not valid yet', { ...CLAIMS, nbf: now() + 60 }],
    ['no sub', { role: 'customer' }],
    ['an empty sub', { ...CLAIMS, sub: '' }],
    ['a sub with a space', { ...CLAIMS, sub: 'c 1' }],
    ['a sub with a newline', { ...CLAIMS, sub: 'c\n1' }],
    ['a sub that is not ASCII', { ...CLAIMS, sub: 'çustomer' }],
    ['a sub of 129 characters', { ...CLAIMS, sub: 'x'.repeat(129) }],
    ['a sub that is a number', { ...CLAIMS, sub: 42 }],
    ['no role', { sub: 'c1' }],
    ['an unknown role', { ...CLAIMS, role: 'admin' }],
    ['a list of roles', { ...CLAIMS, role: ['customer'] }],
  ])('refuses a token with %s', async (_, claims) => {
    const token = await sign(claims);
    await expect(lax.verify(token)).rejects.toEqual(refused('UNAUTHENTICATED'));
  });

  test('refuses another secret, another HMAC, no signature and garbage', async () => {
    const tokens = [
      await sign(CLAIMS, new TextEncoder().encode(`${SECRET}!`)),
      await sign(CLAIMS, new TextEncoder().encode(SECRET.repeat(2)), 'HS512'),
      new UnsecuredJWT(CLAIMS).encode(),
      `${(await sign(CLAIMS)).split('.').slice(0, 2).join('.')}.`,
      'a.b.c',
      'x',
    ];
    for (const token of tokens) await expect(lax.verify(token)).rejects.toEqual(refused('UNAUTHENTICATED'));
  });

  test('refuses a token signed with a private key', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    await expect(lax.verify(await sign(CLAIMS, privateKey, 'ES256'))).rejects.toEqual(
      refused('UNAUTHENTICATED'),
    );
  });
});

let issuer: Server | undefined;
let fetches = 0;
let published: CryptoKey[] = [];

async function publish(keys: CryptoKey[], status = 200): Promise<string> {
  published = keys;
  fetches = 0;
  issuer = createServer((_, response) => {
    fetches += 1;
    void Promise.all(published.map(async (key, i) => ({ ...(await exportJWK(key)), kid: `k${i}` }))).then(
      (jwks) =>
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(JSON.stringify({ keys: jwks })),
    );
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => issuer?.once('listening', resolve));
  return `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks.json`;
}

const shutDown = () => {
  issuer?.close();
  issuer?.closeAllConnections();
};

describe('with published keys', () => {
  afterEach(shutDown);

  test.each(['RS256', 'ES256', 'PS256', 'EdDSA'])('accepts %s', async (alg) => {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    const verify = verifier({ jwksUrl: await publish([publicKey]) });
    expect(await verify.verify(await sign(CLAIMS, privateKey, alg, 'k0'))).toEqual(CLAIMS);
  });

  test('refuses a public key used as an HMAC secret, also beside a secret', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwksUrl = await publish([publicKey]);
    const forged = await sign(CLAIMS, new TextEncoder().encode(await exportSPKI(publicKey)), 'HS256', 'k0');
    for (const auth of [{ jwksUrl }, { jwksUrl, jwtSecret: SECRET }]) {
      await expect(verifier(auth).verify(forged)).rejects.toEqual(refused('UNAUTHENTICATED'));
    }
  });

  test('asks the issuer once however many unknown key ids arrive', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const verify = verifier({ jwksUrl: await publish([publicKey]) });
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, i) => sign(CLAIMS, privateKey, 'ES256', `unknown-${i}`)),
    );
    for (const token of tokens)
      await expect(verify.verify(token)).rejects.toEqual(refused('UNAUTHENTICATED'));
    expect(fetches).toBe(1);
  });

  test('goes on with known keys while the issuer is down', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const verify = verifier({ jwksUrl: await publish([publicKey]) });
    const token = await sign(CLAIMS, privateKey, 'ES256', 'k0');
    await verify.verify(token);
    shutDown();
    expect(await verify.verify(token)).toEqual(CLAIMS);
  });

  test.each(['down', 'failing'])(
    'says 503, not 401, while the issuer is %s and no key is known',
    async (state) => {
      const { publicKey, privateKey } = await generateKeyPair('ES256');
      const jwksUrl = await publish([publicKey], 500);
      if (state === 'down') shutDown();
      const token = await sign(CLAIMS, privateKey, 'ES256', 'k0');
      await expect(verifier({ jwksUrl }).verify(token)).rejects.toEqual(refused('DEPENDENCY_UNAVAILABLE'));
    },
  );
});

describe('a token that comes again', () => {
  const signatures = jest.spyOn(webcrypto.subtle, 'verify');
  const MINUTE_MS = 60_000;

  beforeEach(() => {
    signatures.mockClear();
    // The date alone, so that everything else goes on.
    jest.useFakeTimers({
      now: Date.now(),
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'setInterval', 'performance', 'queueMicrotask'],
    });
  });
  afterEach(() => {
    jest.useRealTimers();
    shutDown();
  });

  test('has its signature computed once', async () => {
    const verify = verifier({ jwtSecret: SECRET });
    const token = await sign({ ...CLAIMS, exp: now() + 60 });
    for (let i = 0; i < 3; i += 1) expect(await verify.verify(token)).toEqual(CLAIMS);
    expect(signatures).toHaveBeenCalledTimes(1);
  });

  test('is computed again when 5,000 others came in between', async () => {
    const verify = verifier({ jwtSecret: SECRET });
    const tokens = await Promise.all(
      Array.from({ length: 5_001 }, (_, i) => sign({ ...CLAIMS, sub: `c${i}` })),
    );
    for (const token of tokens) await verify.verify(token);
    expect(await verify.verify(tokens[0]!)).toEqual({ ...CLAIMS, sub: 'c0' });
    expect(await verify.verify(tokens[5_000]!)).toEqual({ ...CLAIMS, sub: 'c5000' });
    expect(signatures).toHaveBeenCalledTimes(5_002);
  });

  test('is refused when another one has only its claims, or only its signature', async () => {
    const verify = verifier({ jwtSecret: SECRET });
    const [mine, theirs] = await Promise.all([sign(CLAIMS), sign({ ...CLAIMS, sub: 'c2' })]);
    await verify.verify(mine);
    await verify.verify(theirs);
    const [header, claims] = mine.split('.');
    const signature = theirs.split('.')[2];
    await expect(verify.verify(`${header}.${claims}.${signature}`)).rejects.toEqual(
      refused('UNAUTHENTICATED'),
    );
  });

  test.each<[string, JWTPayload, number]>([
    ['has expired', { exp: now() + 60 }, 2 * MINUTE_MS],
    ['is not valid yet, by a clock that was set back', { nbf: now() }, -2 * MINUTE_MS],
  ])('is refused when it %s', async (_, claims, laterMs) => {
    const verify = verifier({ jwtSecret: SECRET });
    const token = await sign({ ...CLAIMS, ...claims });
    await verify.verify(token);
    jest.setSystemTime(Date.now() + laterMs);
    await expect(verify.verify(token)).rejects.toEqual(refused('UNAUTHENTICATED'));
  });

  test.each(['withdrawn', 'replaced under its name'])('is refused when its key was %s', async (how) => {
    const [first, second] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
    const verify = verifier({ jwksUrl: await publish([first.publicKey]) });
    const token = await sign(CLAIMS, first.privateKey, 'ES256', 'k0');
    expect(await verify.verify(token)).toEqual(CLAIMS);
    published = how === 'withdrawn' ? [] : [second.publicKey];

    jest.setSystemTime(Date.now() + 11 * MINUTE_MS);
    await verify.verify(token); // has the keys fetched
    await until(async () => {
      const again = await verify.verify(token).catch((error: unknown) => error);
      return again instanceof PlatformException && again.code === 'UNAUTHENTICATED';
    });
    expect(fetches).toBe(2);
  });
});
