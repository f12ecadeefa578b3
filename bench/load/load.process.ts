import type { LoadReply, LoadTurn } from './load.interface.ts';
import { runTurn } from './run-turn.ts';

/** The process that makes the load. It ends with its parent. */
process.on('message', (turn: LoadTurn) => {
  runTurn(turn).then(
    (result) => reply({ done: true, result }),
    (error: unknown) => reply({ done: false, error: (error as Error).message }),
  );
});
process.on('disconnect', () => process.exit(0));

function reply(answer: LoadReply): void {
  process.send?.(answer);
}
