import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** `up` is towards the server, `down` towards the client. */
export type ProxyDirection = 'up' | 'down' | 'both';

export interface TcpProxy {
  /** The server's URL with the proxy's address in it. */
  readonly url: string;
  /** How many connections are open through it. */
  readonly connections: number;
  /** Everything flows, first what was held. Connections that lost bytes to `drop` are reset: a stream has no holes. */
  pass(): void;
  /** A frozen peer: connections open and stay open, and bytes wait. */
  hold(direction?: ProxyDirection): void;
  /** A partition: connections open and stay open, and bytes vanish. */
  drop(direction?: ProxyDirection): void;
  /** Each piece of data arrives this many milliseconds later, in order, both ways; 0 ends it. */
  delay(ms: number): void;
  /** Each connection of now goes silent for ever, as when a peer is gone without a goodbye; new ones flow. */
  sever(): void;
  /** Closes every connection in an orderly way (FIN); new ones are accepted. */
  cut(): void;
  /** Resets every connection (RST); new ones are accepted. */
  reset(): void;
  /** Resets every connection and each new one, until `pass`. */
  refuse(): void;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

type Mode = 'pass' | 'hold' | 'drop';

interface Rules {
  up: Mode;
  down: Mode;
  delayMs: number;
  isRefusing: boolean;
}

/** Stands between a client and the server of `targetUrl`, on a free port of 127.0.0.1. */
export async function startTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const rules: Rules = { up: 'pass', down: 'pass', delayMs: 0, isRefusing: false };
  const links = new Set<Link>();
  const server = createServer({ noDelay: true }, (client) => {
    client.on('error', () => undefined);
    if (rules.isRefusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    const link = new Link(client, upstream, rules);
    links.add(link);
    client.once('close', () => links.delete(link));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const set = (mode: Mode, direction: ProxyDirection): void => {
    if (direction !== 'down') rules.up = mode;
    if (direction !== 'up') rules.down = mode;
  };
  const resetAll = (): void => links.forEach((link) => link.end((socket) => socket.resetAndDestroy()));
  return {
    url: Object.assign(new URL(targetUrl), { host: `127.0.0.1:${port}` }).href,
    get connections() {
      return links.size;
    },
    pass: () => {
      rules.isRefusing = false;
      set('pass', 'both');
      for (const link of links) link.resume();
    },
    hold: (direction = 'both') => set('hold', direction),
    drop: (direction = 'both') => set('drop', direction),
    delay: (ms) => (rules.delayMs = ms),
    sever: () => links.forEach((link) => link.mute()),
    cut: () => links.forEach((link) => link.end((socket) => socket.end())),
    reset: resetAll,
    refuse: () => {
      rules.isRefusing = true;
      resetAll();
    },
    stop: async () => {
      resetAll();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

/** One client's connection and the one to the server that belongs to it. */
class Link {
  private readonly lanes: readonly Lane[];

  private readonly client: Socket;
  private readonly upstream: Socket;

  constructor(client: Socket, upstream: Socket, rules: Rules) {
    this.client = client;
    this.upstream = upstream;
    this.lanes = [
      new Lane(client, upstream, () => rules.up, rules),
      new Lane(upstream, client, () => rules.down, rules),
    ];
    upstream.on('error', () => undefined);
    client.once('close', () => upstream.destroy());
    // What the server sent before it closed has still to go its way through the lane.
    upstream.once('close', (hadError) => (hadError ? client.resetAndDestroy() : client.end()));
  }

  resume(): void {
    const hasHole = this.lanes.some(({ hasLostBytes }) => hasLostBytes);
    if (hasHole) this.end((socket) => socket.resetAndDestroy());
    else for (const lane of this.lanes) lane.flush();
  }

  mute(): void {
    for (const lane of this.lanes) lane.isMute = true;
  }

  end(close: (socket: Socket) => void): void {
    close(this.client);
    close(this.upstream);
  }
}

/** One direction of a link. */
class Lane {
  hasLostBytes = false;
  isMute = false;
  private held: Buffer[] = [];
  private last: Promise<unknown> = Promise.resolve();

  private readonly to: Socket;
  private readonly mode: () => Mode;
  private readonly rules: Rules;

  constructor(from: Socket, to: Socket, mode: () => Mode, rules: Rules) {
    this.to = to;
    this.mode = mode;
    this.rules = rules;
    from.on('data', (data) => this.take(data));
  }

  flush(): void {
    for (const data of this.held.splice(0)) this.send(data);
  }

  private take(data: Buffer): void {
    if (this.isMute || this.mode() === 'drop') this.hasLostBytes = true;
    else if (this.mode() === 'hold') this.held.push(data);
    else this.send(data);
  }

  private send(data: Buffer): void {
    const { delayMs } = this.rules;
    const pause = delayMs === 0 ? undefined : wait(delayMs);
    this.last = this.last.then(() => pause).then(() => this.to.writable && this.to.write(data));
  }
}
