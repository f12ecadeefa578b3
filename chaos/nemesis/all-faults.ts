import type { Fault } from './fault.interface.ts';
import { CRASH_POINT_FAULTS } from './faults/crash-point.fault.ts';
import { EXPIRY_FAULTS } from './faults/expiry.fault.ts';
import { LOCK_NODE_FAULTS } from './faults/lock-node.fault.ts';
import { MESSAGE_FAULTS } from './faults/message.fault.ts';
import { NETWORK_FAULTS } from './faults/network.fault.ts';
import { POSTGRES_FAULTS } from './faults/postgres.fault.ts';
import { REDIS_FAULTS } from './faults/redis.fault.ts';
import { SERVICE_FAULTS } from './faults/service.fault.ts';
import { SQL_FAULTS } from './faults/sql.fault.ts';

/** Every fault that needs nothing but a site. With a load there is one more, `overload`. */
export const ALL_FAULTS: readonly Fault[] = [
  ...REDIS_FAULTS,
  ...LOCK_NODE_FAULTS,
  ...POSTGRES_FAULTS,
  ...SERVICE_FAULTS,
  ...CRASH_POINT_FAULTS,
  ...NETWORK_FAULTS,
  ...MESSAGE_FAULTS,
  ...SQL_FAULTS,
  ...EXPIRY_FAULTS,
];

/** What the matrix asks for and a run does not do, and why. */
export const NOT_INJECTED: readonly {
  readonly matrix: string;
  readonly fault: string;
  readonly reason: string;
}[] = [
  {
    matrix: '-',
    fault: 'power loss, a disk that lies about fsync',
    reason:
      'killing a process loses nothing that the kernel has; it would need a virtual machine or a file system of its own',
  },
  {
    matrix: 'F6',
    fault: 'failover of Redis by Sentinel, a true replica',
    reason:
      'a run has one key Redis; `redis-roll-back` makes what a lagging replica would show: an earlier state',
  },
  {
    matrix: '-',
    fault: 'failover of Postgres to a standby',
    reason:
      'there is one Postgres; an asynchronous standby loses acknowledged commits by design, which no service can undo',
  },
  {
    matrix: 'F14',
    fault: 'loss, reordering and corruption of packets',
    reason:
      'needs rights on the network stack (netem); the proxies delay, drop, hold and reset streams instead',
  },
  {
    matrix: 'F16',
    fault: 'slow fsync',
    reason:
      'needs a tracer on Postgres, and Postgres waits for no disk in a run; `postgres-pause` is the worst case of it',
  },
  {
    matrix: 'F17',
    fault: 'a full disk',
    reason: 'needs a file system of its own, and the right to mount one',
  },
  {
    matrix: 'F26',
    fault: 'old and new code side by side',
    reason: 'there is one release so far; `service-restart` deploys the same code under load',
  },
  {
    matrix: 'F28',
    fault: 'key server down, keys rotated',
    reason: 'a run signs with a shared secret; the key server has tests of its own',
  },
  {
    matrix: 'F15',
    fault: 'a wrong clock of Postgres or Redis',
    reason:
      'needs the clock of the machine, or a library loaded into a foreign program; the clocks of the services are shifted',
  },
];
