import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** What the hooks in a service are told: one JSON object a line. */
export type AgentCommand = Readonly<Record<string, unknown>> & { readonly command: string };

/**
 * The line to the hooks that are loaded into one replica. The replica connects, each of its processes anew; commands go to
 * the process that is connected, and are lost without one.
 */
export class AgentLink {
  private socket: Socket | null = null;
  private readonly listeners = new Set<(report: AgentCommand) => void>();
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
    server.on('connection', (socket) => {
      this.socket = socket;
      let rest = '';
      socket.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines)
          for (const listen of this.listeners) listen(JSON.parse(line) as AgentCommand);
      });
      socket.on('error', () => undefined); // killed: `close` follows
      socket.on('close', () => {
        if (this.socket === socket) this.socket = null;
      });
    });
  }

  static async open(): Promise<AgentLink> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new AgentLink(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** @returns false when no process is connected */
  send(command: AgentCommand): boolean {
    this.socket?.write(`${JSON.stringify(command)}\n`);
    return this.socket !== null;
  }

  /** What the hooks report, for example that a crash point was reached. @returns ends it */
  onReport(listen: (report: AgentCommand) => void): () => void {
    this.listeners.add(listen);
    return () => this.listeners.delete(listen);
  }

  close(): void {
    this.socket?.destroy();
    this.server.close();
  }
}
