import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '../../../../test/support/wait.ts';
import { LiveConnection } from './live-connection.ts';

/** More than the buffers of both kernels. */
const TOO_MUCH = Buffer.alloc(32 * 1024 * 1024);

describe('the connection of a client', () => {
  let server: Server;

  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function connect(): Promise<{ response: ServerResponse; client: Promise<IncomingMessage> }> {
    const call = request({ port: (server.address() as AddressInfo).port, agent: false }).end();
    const client = once(call, 'response').then(([answer]) => {
      const message = answer as IncomingMessage;
      return message.on('error', () => undefined);
    });
    const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
    response.flushHeaders();
    return { response, client };
  }

  it('has sent what it was given once the client has read it', async () => {
    const { response, client } = await connect();
    const connection = new LiveConnection({ raw: response });
    let isSent = false;
    connection.count(TOO_MUCH.length);
    void connection.whenSent(() => false).then(() => (isSent = true));
    response.write(TOO_MUCH);
    await waitFor(() => response.socket!.bytesWritten >= TOO_MUCH.length);
    expect(isSent).toBe(false);
    (await client).resume();
    await waitFor(() => isSent, { timeoutMs: 30_000 }); // both ends of 32 MB are in this process
  });

  it('is cut at its end when the client does not read, and left alone when it does', async () => {
    const [deaf, reading] = [await connect(), await connect()];
    (await reading.client).resume();
    const sockets = [deaf.response.socket!, reading.response.socket!];
    deaf.response.end(TOO_MUCH);
    reading.response.end('the last event');
    for (const { response } of [deaf, reading]) new LiveConnection(response).cutUnlessFinished();
    await waitFor(() => deaf.response.destroyed && sockets[0]!.destroyed);
    expect(deaf.response.writableFinished).toBe(false);
    expect(reading.response.writableFinished).toBe(true);
  });
});
