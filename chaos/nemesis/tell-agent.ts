import type { HookCommand } from '../inject/agent-commands.ts';
import type { Replica } from '../site/site.interface.ts';

const LIMIT_MS = 5000;
let lastNumber = 0;

/**
 * Has the hooks of a replica's process carry out a command. Resolves when it is in force.
 *
 * @throws Error when no process takes it within 5 s
 */
export async function tellAgent({ agent, name }: Replica, command: HookCommand): Promise<void> {
  const number = ++lastNumber;
  let end: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`The hooks of ${name} did not take '${command.command}' within ${LIMIT_MS} ms.`));
      }, LIMIT_MS);
      end = agent.onReport((report) => {
        if (report.command === 'done' && report.number === number) resolve();
      });
      if (!agent.send({ ...command, number }))
        reject(new Error(`${name} runs no process that takes commands.`));
    });
  } finally {
    end();
    clearTimeout(timer);
  }
}
