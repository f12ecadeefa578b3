import { createHash } from 'node:crypto';
import { type RedisKeys, type ScriptSabotage, scriptOf } from './redis-scripts.ts';
import type { World } from './world.ts';

export const KEY = 'customer:active-broadcast:';
export const LOCK = 'lock:customer-broadcast-create:';

interface Entry {
  readonly value: string;
  readonly endsAtMs: number;
}

/** When a lock key was last there. */
export interface LockSighting {
  readonly endsAtMs: number;
  readonly deletedAtStep: number | null;
}

export type Command = readonly (string | number)[];

const hashes = new Map<string, string>();

/** One Redis server: keys that end, and the scripts that it has seen. Commands are carried out one at a time. */
export class RedisServer implements RedisKeys {
  /** Asked before a key is deleted by a script. @param asOwner what the script was given as the value to delete */
  onDelete: (key: string, value: string, asOwner: string) => void = () => undefined;
  readonly locksSeen = new Map<string, LockSighting>();
  /** Commands that are lost on their way, as if the network had dropped them. */
  losesCommands = 0;
  private entries = new Map<string, Entry>();
  private backup = new Map<string, Entry>();
  private readonly scripts = new Map<string, string>();
  private readonly clients: { disconnected(): void }[] = [];
  private readonly waiting: (() => unknown)[] = [];
  private state: 'up' | 'hung' | 'down' = 'up';

  constructor(
    readonly name: string,
    private readonly world: World,
    private readonly sabotage: ScriptSabotage,
  ) {}

  get nowMs(): number {
    return this.world.clock.nowMs;
  }

  get down(): boolean {
    return this.state === 'down';
  }

  get(key: string): string | null {
    const entry = this.entries.get(key);
    if (!entry) return null;
    if (entry.endsAtMs > this.nowMs) return entry.value;
    this.entries.delete(key);
    return null;
  }

  set(key: string, value: string, endsAtMs: number): void {
    this.entries.set(key, { value, endsAtMs });
    if (key.startsWith(LOCK)) this.locksSeen.set(key, { endsAtMs, deletedAtStep: null });
  }

  delete(key: string, asOwner: string): number {
    const value = this.get(key);
    if (value === null) return 0;
    this.onDelete(key, value, asOwner);
    this.entries.delete(key);
    const lock = this.locksSeen.get(key);
    if (lock) this.locksSeen.set(key, { ...lock, deletedAtStep: this.world.steps });
    return 1;
  }

  keys(prefix: string): string[] {
    return [...this.entries.keys()].filter((key) => key.startsWith(prefix) && this.get(key) !== null);
  }

  connect(client: { disconnected(): void }): void {
    this.clients.push(client);
  }

  /** A command has arrived. While the server is hung it waits in the socket, and is carried out afterwards. */
  arrive(carryOut: () => unknown): void {
    if (this.state === 'hung') this.waiting.push(carryOut);
    else carryOut();
  }

  /** @throws Error as the server would reply it */
  execute([command, ...args]: Command): unknown {
    const [first = '', second = 0, ...rest] = args;
    const list = (): string[] => rest.map(String);
    switch (String(command)) {
      case 'ping':
        return 'PONG';
      case 'get':
        return this.get(String(first));
      case 'mget':
        return args.map((key) => this.get(String(key)));
      case 'scan':
        return ['0', this.keys(String(rest[0]).replace('*', ''))];
      case 'eval':
        this.scripts.set(sha1(String(first)), String(first));
        return this.run(String(first), Number(second), list());
      case 'evalsha': {
        const lua = this.scripts.get(String(first));
        if (lua === undefined) throw replyError('NOSCRIPT No matching script.');
        return this.run(lua, Number(second), list());
      }
      default:
        throw new Error(`The simulation does not know the Redis command ${String(command)}.`);
    }
  }

  flush(): void {
    for (const key of this.keys(LOCK)) {
      const lock = this.locksSeen.get(key);
      if (lock) this.locksSeen.set(key, { ...lock, deletedAtStep: this.world.steps });
    }
    this.entries.clear();
  }

  /** What a replica would know that takes over later. */
  replicate(): void {
    this.backup = new Map(this.entries);
  }

  /** Falls back to what was replicated, and loses every connection. */
  failOver(): void {
    this.flush();
    this.entries = new Map(this.backup);
    for (const key of this.keys(LOCK)) {
      this.locksSeen.set(key, { endsAtMs: this.entries.get(key)?.endsAtMs ?? 0, deletedAtStep: null });
    }
    this.disconnectAll();
  }

  stop(): void {
    this.state = 'down';
    this.waiting.splice(0);
    this.flush();
    this.scripts.clear();
    this.disconnectAll();
  }

  hang(): void {
    if (this.state === 'up') this.state = 'hung';
  }

  heal(): void {
    this.state = 'up';
    for (const carryOut of this.waiting.splice(0)) carryOut();
  }

  private disconnectAll(): void {
    for (const client of this.clients) client.disconnected();
  }

  private run(lua: string, numberOfKeys: number, list: readonly string[]): number {
    return scriptOf(lua, this.sabotage)(this, list.slice(0, numberOfKeys), list.slice(numberOfKeys));
  }
}

function sha1(text: string): string {
  let hash = hashes.get(text);
  if (hash === undefined) hashes.set(text, (hash = createHash('sha1').update(text).digest('hex')));
  return hash;
}

function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}
