import { AdvisoryLockPeer } from './advisory-lock.peer.ts';
import { BullMqPeer } from './bullmq.peer.ts';
import { GuardPeer } from './guard.peer.ts';
import type { Peer, PeerReply, PeerResult, PeerTurn } from './peer.interface.ts';
import { PgBossPeer } from './pg-boss.peer.ts';

/** The process of one peer, named by its argument. It ends with its parent. */
const peer = await start(process.argv[2] ?? '');
process.on('message', (turn: PeerTurn | 'stop') => {
  if (turn === 'stop') void peer.stop().finally(() => process.exit(0));
  else {
    run(turn).then(reply, (error: unknown) => reply({ error: String(error) }));
  }
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

function start(name: string): Peer | Promise<Peer> {
  const { DATABASE_URL = '', REDIS_URL = '' } = process.env;
  if (name === 'guard') return GuardPeer.start(true);
  if (name === 'guard-only') return GuardPeer.start(false);
  if (name === 'pg-boss') return PgBossPeer.start(DATABASE_URL);
  if (name === 'bullmq') return new BullMqPeer(DATABASE_URL, REDIS_URL);
  if (name === 'advisory-lock') return new AdvisoryLockPeer(DATABASE_URL);
  throw new Error(`There is no peer '${name}'.`);
}

async function run({ prefix, atOnce, warmUpMs, measureMs }: PeerTurn): Promise<PeerResult> {
  const beginsAtMs = performance.now() + warmUpMs;
  const endsAtMs = beginsAtMs + measureMs;
  let asked = 0;
  let done = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < endsAtMs) {
      asked += 1;
      await peer.create(`${prefix}-${asked}`);
      const now = performance.now();
      if (now >= beginsAtMs && now < endsAtMs) done += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return { perSecond: done / (measureMs / 1000), creates: asked };
}

function reply(answer: PeerReply): void {
  process.send?.(answer);
}
