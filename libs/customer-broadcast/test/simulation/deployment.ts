import { EventBusStandIn } from './event-bus-stand-in.ts';
import { Invariants } from './invariants.ts';
import { PostgresServer, type PostgresSabotage } from './postgres-stand-in.ts';
import type { ScriptSabotage } from './redis-scripts.ts';
import { RedisServer } from './redis-stand-in.ts';
import { KINDS, Replica, type ReplicaSabotage } from './replica.ts';
import type { Fault, Scenario } from './scenario.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

/** What is broken on purpose. */
export type Sabotage = ScriptSabotage & PostgresSabotage & ReplicaSabotage;

/** All replicas of both services with their stores, and what can happen to them. */
export class Deployment {
  readonly database: PostgresServer;
  readonly redis: readonly RedisServer[];
  readonly events: EventBusStandIn;
  readonly invariants: Invariants;
  readonly replicas: Replica[];
  /** Something was deleted that nobody had asked to delete, so keys and tombstones may be wrong. */
  redisLostData = false;
  private ids = 0;
  private restarts = 0;

  constructor(
    readonly world: World,
    private readonly scenario: Scenario,
    private readonly sabotage: Sabotage,
  ) {
    this.database = new PostgresServer(world, sabotage);
    this.redis = Array.from(
      { length: scenario.lockNodes },
      (_, index) => new RedisServer(`redis ${index}`, world, sabotage),
    );
    this.events = new EventBusStandIn(
      world,
      this.keyRedis,
      () => this.replicas,
      ({ eventId }) => this.invariants.heardInOrder(eventId),
    );
    this.invariants = new Invariants(
      world,
      this.database,
      this.redis,
      !sabotage.noSlotKey,
      this.events.heard,
    );
    this.replicas = Array.from({ length: scenario.replicas }, (_, index) => this.newReplica(index));
    for (const replica of this.replicas) replica.process.enter(() => replica.start(scenario.reconciles));
  }

  /** The Redis of the keys and the events; the first of those that hold locks. */
  get keyRedis(): RedisServer {
    return this.redis[0]!;
  }

  /** UUIDs in the order in which they were made, told apart by their last digits. */
  newId(): string {
    return `00000000-0000-7000-8000-${String(++this.ids).padStart(12, '0')}`;
  }

  /** @param kind null: every kind */
  pick(kind: string | null, via: number): Replica {
    const able = this.replicas.filter((replica) => kind === null || replica.kind.name === kind);
    return able[via % able.length]!;
  }

  strike(fault: Fault): void {
    this.world.note(`** ${textOf(fault)}`);
    if (fault.fault === 'stall-from')
      this.replicas[fault.replica % this.replicas.length]?.redis[0]?.stallFrom(fault.command);
    else if ('replica' in fault) this.strikeReplica(fault.fault, fault.replica % this.replicas.length);
    else if ('redis' in fault) this.strikeRedis(fault.fault, this.redis[fault.redis % this.redis.length]!);
    else if (fault.fault === 'deliver-late') this.events.deliverLate();
    else
      this.events.faults.push(
        fault.fault === 'lose-event' ? 'lose' : fault.fault === 'event-twice' ? 'twice' : 'late',
      );
  }

  /** Everything that was taken away comes back, and what is dead has been replaced. */
  heal(): void {
    this.world.note('** everything heals');
    for (const server of this.redis) {
      server.losesCommands = 0;
      server.heal();
    }
    for (const { process, pool, redis } of this.replicas) {
      pool.losesAcknowledgement = false;
      process.resume();
      for (const client of redis) client.unstall();
    }
    this.events.faults.splice(0);
    this.events.deliverLate();
  }

  stop(): void {
    for (const { process } of this.replicas) process.kill();
  }

  private strikeReplica(
    fault: Exclude<Extract<Fault, { replica: number }>['fault'], 'stall-from'>,
    index: number,
  ): void {
    const replica = this.replicas[index]!;
    switch (fault) {
      case 'kill': {
        replica.process.kill();
        const successor = this.newReplica(index);
        this.replicas[index] = successor;
        successor.process.enter(() => successor.start(this.scenario.reconciles));
        return;
      }
      case 'pause': {
        replica.process.pause();
        return;
      }
      case 'resume': {
        replica.process.resume();
        return;
      }
      case 'stall':
        return replica.redis[0]?.stall();
      case 'unstall':
        return replica.redis[0]?.unstall();
      case 'lose-acknowledgement':
        replica.pool.losesAcknowledgement = true;
        return;
    }
  }

  private strikeRedis(fault: Extract<Fault, { redis: number }>['fault'], server: RedisServer): void {
    switch (fault) {
      case 'flush':
        this.redisLostData = true;
        {
          server.flush();
          return;
        }
      case 'replicate': {
        server.replicate();
        return;
      }
      case 'fail-over':
        this.redisLostData = true;
        {
          server.failOver();
          return;
        }
      case 'stop':
        this.redisLostData = true;
        {
          server.stop();
          return;
        }
      case 'hang': {
        server.hang();
        return;
      }
      case 'heal': {
        server.heal();
        return;
      }
      case 'lose-command':
        server.losesCommands++;
        return;
    }
  }

  private newReplica(index: number): Replica {
    const kind = index % 2 === 0 ? KINDS.booking : KINDS.order;
    const name = `${kind.name}-${index}${this.restarts > 0 ? `.${this.restarts}` : ''}`;
    const process = new SimulatedProcess(name, this.world, this.scenario.seed + 7919 * this.restarts++);
    const stores = { database: this.database, redis: this.redis, events: this.events };
    return process.enter(() => new Replica(process, kind, this.world, stores, this.sabotage));
  }
}

function textOf(fault: Fault): string {
  if ('command' in fault) return `${fault.fault} ${fault.command}: replica ${fault.replica}`;
  if ('replica' in fault) return `${fault.fault}: replica ${fault.replica}`;
  return 'redis' in fault ? `${fault.fault}: redis ${fault.redis}` : fault.fault;
}
