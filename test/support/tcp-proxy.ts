import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as immediate, setTimeout as wait } from 'node:timers/promises';

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
  /** Each piece of data arrives this many milliseconds later, in order; asked for each piece. 0 ends it. */
  delay(ms: number | (() => number), direction?: ProxyDirection): void;
  /** Each byte is a packet of its own, both ways, until `slice(false)`: the reader gets pieces of every message. */
  slice(on?: boolean): void;
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
  upDelayMs: () => number;
  downDelayMs: () => number;
  isSlicing: boolean;
  isRefusing: boolean;
}

/** Stands between a client and the server of `targetUrl`, on a free port of 127.0.0.1. */
export async function startTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const rules: Rules = {
    up: 'pass',
    down: 'pass',
    upDelayMs: () => 0,
    downDelayMs: () => 0,
    isSlicing: false,
    isRefusing: false,
  };
  const links = new Set<Link>();
  const server = createServer({ noDelay: true }, (client) => {
    client.on('error', () => undefined);
    if (rules.isRefusing) {
      reset(client);
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
  const resetAll = (): void => links.forEach((link) => link.end(reset));
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
    delay: (ms, direction = 'both') => {
      const delayMs = typeof ms === 'number' ? () => ms : ms;
      if (direction !== 'down') rules.upDelayMs = delayMs;
      if (direction !== 'up') rules.downDelayMs = delayMs;
    },
    slice: (on = true) => (rules.isSlicing = on),
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

/**
 * One that has said its end cannot be reset any more: the system refuses, and Node would keep the handle and wait for it for
 * ever when the process ends (TCPWrap::Reset in Node 24).
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** One client's connection and the one to the server that belongs to it. */
class Link {
  private readonly lanes: readonly Lane[];

  private readonly client: Socket;
  private readonly upstream: Socket;

  constructor(client: Socket, upstream: Socket, rules: Rules) {
    this.client = client;
    this.upstream = upstream;
    this.lanes = [new Lane(client, upstream, rules, 'up'), new Lane(upstream, client, rules, 'down')];
    upstream.on('error', () => undefined);
    client.once('close', () => upstream.destroy());
    // What the server sent before it closed has still to go its way through the lane.
    upstream.once('close', (hadError) => (hadError ? reset(client) : client.end()));
  }

  resume(): void {
    const hasHole = this.lanes.some(({ hasLostBytes }) => hasLostBytes);
    if (hasHole) this.end(reset);
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
  private readonly rules: Rules;
  private readonly direction: 'up' | 'down';

  constructor(from: Socket, to: Socket, rules: Rules, direction: 'up' | 'down') {
    this.to = to;
    this.rules = rules;
    this.direction = direction;
    from.on('data', (data) => this.take(data));
  }

  flush(): void {
    for (const data of this.held.splice(0)) this.send(data);
  }

  private take(data: Buffer): void {
    const mode = this.rules[this.direction];
    if (this.isMute || mode === 'drop') this.hasLostBytes = true;
    else if (mode === 'hold') this.held.push(data);
    else this.send(data);
  }

  private send(data: Buffer): void {
    const { isSlicing } = this.rules;
    const delayMs = this.direction === 'up' ? this.rules.upDelayMs() : this.rules.downDelayMs();
    const pause = delayMs === 0 ? undefined : wait(delayMs);
    this.last = this.last
      .then(() => pause)
      .then(() => (isSlicing ? this.writeSlices(data) : this.write(data)));
  }

  /** With a turn of the event loop in between, in which the listener, perhaps in this process, can read the byte. */
  private async writeSlices(data: Buffer): Promise<void> {
    for (let at = 0; at < data.length; at++) {
      this.write(data.subarray(at, at + 1));
      await immediate();
    }
  }

  private write(data: Buffer): void {
    if (this.to.writable) this.to.write(data);
  }
}
