import type { Fault } from './fault.interface.ts';
import { CRASH_POINT_FAULTS } from './faults/crash-point.fault.ts';
import { DISK_FAULTS } from './faults/disk.fault.ts';
import { EXPIRY_FAULTS } from './faults/expiry.fault.ts';
import { FAILOVER_FAULTS } from './faults/failover.fault.ts';
import { ISSUER_FAULTS } from './faults/issuer.fault.ts';
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
  ...FAILOVER_FAULTS,
  ...LOCK_NODE_FAULTS,
  ...POSTGRES_FAULTS,
  ...DISK_FAULTS,
  ...SERVICE_FAULTS,
  ...CRASH_POINT_FAULTS,
  ...NETWORK_FAULTS,
  ...MESSAGE_FAULTS,
  ...SQL_FAULTS,
  ...EXPIRY_FAULTS,
  ...ISSUER_FAULTS,
];

/** Those that this machine can do. */
export function possibleFaults(): readonly Fault[] {
  return ALL_FAULTS.filter(({ missing }) => (missing?.() ?? null) === null);
}

/** Those that it cannot do: a line each, with the remedy. */
export function leftOutFaults(): readonly string[] {
  return ALL_FAULTS.flatMap(({ matrix, name, missing }) => {
    const lack = missing?.() ?? null;
    return lack === null ? [] : [`left out: ${matrix} ${name}: ${lack}`];
  });
}

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
    matrix: '-',
    fault: 'failover of Postgres to a standby',
    reason:
      'there is one Postgres; an asynchronous standby loses acknowledged commits by design, which no service can undo',
  },
  {
    matrix: 'F5',
    fault: 'three of five lock nodes lost',
    reason: 'a run has three nodes; two of three are the same loss of the majority',
  },
  {
    matrix: 'F14',
    fault: 'loss, reordering and corruption of packets',
    reason:
      'needs a kernel with netem, and rights on the network stack; to the ends of a TCP stream they are latency, and in the end a reset; the proxies make both',
  },
  {
    matrix: 'F15',
    fault: 'a wrong clock of Postgres or Redis',
    reason:
      'needs the clock of the machine, or a library loaded into a foreign program; the clocks of the services are shifted',
  },
  {
    matrix: 'F19',
    fault: '50,000 broadcasts overdue at once',
    reason:
      'its events would be most of a short run; `expire-storm` makes 200 a second overdue and kills a command in between',
  },
  {
    matrix: 'F26',
    fault: 'old and new code side by side',
    reason: 'there is one release so far; `service-restart` deploys the same code under load',
  },
];
