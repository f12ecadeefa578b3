import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { LoadReply, LoadResult, LoadTurn } from './load.interface.ts';

export interface Load {
  /** One after the other. @throws Error when a connection broke, or an answer had another status than those wanted */
  turn(turn: LoadTurn, ...wanted: readonly number[]): Promise<LoadResult>;
  stop(): void;
}

/** Starts the process that makes the load: it has its own event loop, and its work is not the service's. */
export function startLoad(): Load {
  const child = fork(join(import.meta.dirname, 'load.process.ts'));
  return {
    turn: async (turn, ...wanted) => {
      child.send(turn);
      const [answer] = (await once(child, 'message')) as [LoadReply];
      if (!answer.done) throw new Error(`The load on ${turn.url} failed: ${answer.error}`);
      const { statuses } = answer.result;
      if (Object.keys(statuses).some((status) => !wanted.includes(Number(status)))) {
        throw new Error(
          `Only ${wanted.join(', ')} was expected of ${turn.url}, but: ${JSON.stringify(statuses)}`,
        );
      }
      return answer.result;
    },
    stop: () => void child.kill(),
  };
}
