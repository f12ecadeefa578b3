import { exportJWK, generateKeyPair, type CryptoKey, type JWK, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Actor } from '../../test/support/api-client.ts';
import { startTcpProxy, type TcpProxy } from '../../test/support/tcp-proxy.ts';

/** Signs tokens. */
export interface TokenSigner {
  /** Of the key that signs now; another one after a rotation. */
  readonly keyId: string;
  /** Valid for an hour. */
  sign(actor: Actor): Promise<string>;
}

interface IssuerKey {
  readonly id: string;
  readonly privateKey: CryptoKey;
  readonly published: JWK;
}

const ALGORITHM = 'ES256';

/** Signs tokens with a key of its own, and publishes the public half where the services fetch it. */
export class Issuer implements TokenSigner {
  /** Between the services and the published keys. */
  readonly way: TcpProxy;
  readonly #server: Server;
  /** The newest signs. */
  #keys: readonly IssuerKey[];

  private constructor(server: Server, way: TcpProxy, key: IssuerKey) {
    this.#server = server;
    this.way = way;
    this.#keys = [key];
    server.on('request', (_request, response) => {
      const body = JSON.stringify({ keys: this.#keys.map(({ published }) => published) });
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
  }

  static async start(): Promise<Issuer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return new Issuer(server, await startTcpProxy(`http://127.0.0.1:${port}/jwks.json`), await newKey());
  }

  /** Where the keys are published. */
  get url(): string {
    return this.way.url;
  }

  get keyId(): string {
    return this.#newest.id;
  }

  sign({ sub, role }: Actor): Promise<string> {
    const { id, privateKey } = this.#newest;
    return new SignJWT({ role })
      .setProtectedHeader({ alg: ALGORITHM, kid: id })
      .setSubject(sub)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);
  }

  /** A new key signs from now on, and is published beside the old ones. */
  async rotate(): Promise<void> {
    this.#keys = [...this.#keys, await newKey()];
  }

  /** Publishes the newest key only. */
  retireOldKeys(): void {
    this.#keys = [this.#newest];
  }

  async stop(): Promise<void> {
    await this.way.stop();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get #newest(): IssuerKey {
    return this.#keys.at(-1)!;
  }
}

async function newKey(): Promise<IssuerKey> {
  const id = randomUUID();
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  return {
    id,
    privateKey,
    published: { ...(await exportJWK(publicKey)), kid: id, alg: ALGORITHM, use: 'sig' },
  };
}
