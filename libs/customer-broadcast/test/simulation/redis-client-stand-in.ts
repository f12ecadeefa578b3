import type { Command, RedisServer } from './redis-stand-in.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

interface Call {
  readonly text: string;
  readonly command: Command;
  readonly settle: (error: Error | null, reply?: unknown) => void;
}

const COMMAND_TIMEOUT_MS = 100;

/**
 * A client with the settings that the library asks for: commands go over one connection in their order, fail at once while
 * there is none, are never sent again, and are given up after 100 ms, when the server may still carry them out.
 */
export class RedisClientStandIn {
  private readonly onClose: (() => void)[] = [];
  private requests: Call[] = [];
  private replies: (() => void)[] = [];
  private inFlight = new Set<Call>();
  private connection = 0;
  /** What the network keeps back of this connection; null while it keeps back nothing. */
  private stalled: (() => void)[] | null = null;
  private stallsFrom: string | null = null;

  constructor(
    private readonly server: RedisServer,
    private readonly process: SimulatedProcess,
    private readonly world: World,
  ) {
    server.connect(this);
  }

  on(event: string, listener: () => void): this {
    if (event === 'close') this.onClose.push(listener);
    return this;
  }

  defineCommand(name: string, { numberOfKeys, lua }: { numberOfKeys: number; lua: string }): void {
    const call = (...args: (string | number)[]): Promise<unknown> =>
      this.send(
        ['eval', lua, numberOfKeys, ...args],
        `${name} ${String(args[0])} ${String(args[numberOfKeys])}`,
      );
    Object.assign(this, { [name]: call });
  }

  ping = (): Promise<unknown> => this.send(['ping'], 'ping');
  get = (key: string): Promise<unknown> => this.send(['get', key], `get ${key}`);
  mget = (...keys: (string | string[])[]): Promise<unknown> => this.send(['mget', ...keys.flat()], 'mget');
  scan = (...args: (string | number)[]): Promise<unknown> => this.send(['scan', ...args], 'scan');
  eval = (lua: string, keys: number, args: (string | number)[]): Promise<unknown> =>
    this.send(['eval', lua, keys, ...args], lua.includes("'NX', 'PX'") ? 'lock' : 'unlock');
  evalsha = (sha: string, keys: number, args: (string | number)[]): Promise<unknown> =>
    this.send(['evalsha', sha, keys, ...args], `${args.length > 2 ? 'lock' : 'unlock'} ${args[0] ?? ''}`);

  /** Nothing that is sent arrives until {@link unstall}; then everything does, in its order. */
  stall(): void {
    this.stalled ??= [];
  }

  /** Stalls when the next command of this name is sent. */
  stallFrom(command: string): void {
    this.stallsFrom = command;
  }

  unstall(): void {
    this.stallsFrom = null;
    const late = this.stalled ?? [];
    this.stalled = null;
    for (const arrive of late) arrive();
  }

  /** The connection is lost; a new one is there as soon as the server is. */
  disconnected(): void {
    this.connection++;
    const lost = [...this.inFlight];
    this.requests = [];
    this.replies = [];
    this.inFlight = new Set();
    this.process.receive(`loses its connection to ${this.server.name}`, () => {
      for (const { settle } of lost) settle(new Error('Connection is closed.'));
      for (const listener of this.onClose) listener();
    });
  }

  private send(command: Command, text: string): Promise<unknown> {
    if (this.server.down) return Promise.reject(new Error("Stream isn't writeable"));
    if (this.stallsFrom !== null && text.startsWith(this.stallsFrom)) this.stall();
    return new Promise((resolve, reject) => {
      const timer = this.process.clock.add(
        this.process,
        () => call.settle(new Error('Command timed out')),
        COMMAND_TIMEOUT_MS,
        false,
      );
      const call: Call = {
        text,
        command,
        settle: (error, reply) => {
          this.process.clock.cancel(timer);
          this.inFlight.delete(call);
          if (error) reject(error);
          else resolve(reply);
        },
      };
      this.inFlight.add(call);
      this.requests.push(call);
      this.transmit();
    });
  }

  private transmit(): void {
    const { connection } = this;
    const arrive = (): void => {
      if (this.stalled) this.stalled.push(arrive);
      else this.server.arrive(() => connection === this.connection && this.carryOutNext());
    };
    this.world.schedule(`${this.server.name} gets a command of ${this.process.name}`, arrive);
  }

  private carryOutNext(): void {
    const call = this.requests.shift();
    if (!call) return;
    if (this.server.losesCommands === 0) {
      this.reply(call);
      return;
    }
    this.server.losesCommands--;
    this.world.note(`${call.text}: lost on its way`);
  }

  private reply(call: Call): void {
    let error: Error | null = null;
    let result: unknown;
    try {
      result = this.server.execute(call.command);
    } catch (thrown) {
      if (!(thrown instanceof Error) || thrown.name !== 'ReplyError') throw thrown;
      error = thrown;
    }
    this.world.note(`${call.text}: ${error ? error.message : JSON.stringify(result)}`);
    this.replies.push(() => call.settle(error, result));
    const { connection } = this;
    this.process.receive(`hears from ${this.server.name}`, () => {
      if (connection === this.connection) this.replies.shift()?.();
    });
  }
}
