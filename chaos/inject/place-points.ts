import { AsyncLocalStorage } from 'node:async_hooks';

import type { ArmedPoints } from './armed-points.ts';
import { BuiltClass } from './built-class.ts';

const LIBRARY = 'customer-broadcast/dist';
const TRUCKS = 'truck-requests/dist';

interface LockOutcome {
  readonly state: string;
  readonly release: () => Promise<void>;
}

interface WithDataSource {
  readonly dataSource: { readonly manager: unknown };
}

type Original<T> = () => Promise<T>;

/** Keys are also written by the reconciler and deleted by the listener, which are not the request that a point is about. */
const background = new AsyncLocalStorage<true>();

/** Puts the crash points into the classes of the built libraries. The services' own code stays as it is. */
export async function placePoints(points: ArmedPoints): Promise<void> {
  await placeInCreate(points);
  await placeInTransitions(points);
  await placeInDelivery(points);
}

async function placeInCreate(points: ArmedPoints): Promise<void> {
  const lock = await BuiltClass.find(`${LIBRARY}/lock/create-lock.service`, 'CreateLockService');
  const slot = await BuiltClass.find(`${LIBRARY}/check/customer-slot.service`, 'CustomerSlotService');
  const hint = await BuiltClass.find(`${LIBRARY}/hint/active-broadcast.hint`, 'ActiveBroadcastHint');
  const kept = await BuiltClass.find(
    `${LIBRARY}/idempotency/idempotency.repository`,
    'IdempotencyRepository',
  );
  const url = new URL(`../../libs/${LIBRARY}/index.js`, import.meta.url).href;
  const { managerOf } = (await import(url)) as { managerOf: (dataSource: unknown) => unknown };
  /** The keys that are being set, by customer. */
  const keys = new Map<string, Promise<unknown>>();

  lock.around('acquire', async (_self, [customerId]: [string], original: Original<LockOutcome>) => {
    const outcome = await original();
    if (outcome.state !== 'acquired') return outcome;
    await points.pass('after-lock');
    return {
      ...outcome,
      release: async () => {
        // Key and lock are dealt with at the same time; the point between them needs the lock to wait.
        if (points.isArmed('after-key')) await keys.get(customerId)?.catch(() => undefined);
        await points.pass('before-release');
        await outcome.release();
        await points.pass('after-release');
      },
    };
  });
  slot.around('refuseIfTaken', async (_self, [, layer]: [string, string], original: Original<void>) => {
    await original();
    if (layer === 'check') await points.pass('after-check');
  });
  slot.around('open', async (self: WithDataSource, _args, original: Original<unknown>) => {
    const opened = await original();
    // Without a transaction around it the insert is committed by itself, and `after-commit` is the next point.
    if (managerOf(self.dataSource) !== self.dataSource.manager) await points.pass('after-insert');
    return opened;
  });
  kept.around('save', async (_self, _args, original: Original<void>) => {
    await points.pass('before-answer-kept');
    await original();
    await points.pass('after-answer-kept');
  });
  hint.around('set', async (_self, [customerId]: [string], original: Original<boolean>) => {
    if (background.getStore()) return original();
    const set = (async () => {
      await points.pass('after-commit');
      const written = await original();
      await points.pass('after-key');
      return written;
    })();
    keys.set(customerId, set);
    try {
      return await set;
    } finally {
      if (keys.get(customerId) === set) keys.delete(customerId);
    }
  });
  hint.around('close', async (_self, _args, original: Original<boolean>) => {
    if (background.getStore()) return original();
    await points.pass('before-close');
    const deleted = await original();
    await points.pass('after-close');
    return deleted;
  });
}

async function placeInTransitions(points: ArmedPoints): Promise<void> {
  const active = await BuiltClass.find(
    `${LIBRARY}/check/active-broadcast.repository`,
    'ActiveBroadcastRepository',
  );
  const rows = await BuiltClass.find(`${TRUCKS}/request/truck-request.repository`, 'TruckRequestRepository');
  const expiry = await BuiltClass.find(
    `${LIBRARY}/expiry/broadcast-expiry.repository`,
    'BroadcastExpiryRepository',
  );
  const reconciler = await BuiltClass.find(`${LIBRARY}/reconcile/key.reconciler`, 'KeyReconciler');

  active.around('cancelActive', async (_self, _args, original: Original<unknown[]>) => {
    const cancelled = await original();
    if (cancelled.length > 0) await points.pass('after-cancel-active');
    return cancelled;
  });
  rows.around('fill', async (_self, _args, original: Original<void>) => {
    await original();
    await points.pass('after-fill');
  });
  expiry.around('expireDue', async (_self, _args, original: Original<{ readonly expired: number }>) => {
    const batch = await original();
    if (batch.expired > 0) await points.pass('after-expiry-batch');
    return batch;
  });
  reconciler.around('reconcile', (_self, _args, original) => background.run(true, original));
}

async function placeInDelivery(points: ArmedPoints): Promise<void> {
  const listener = await BuiltClass.find(
    `${LIBRARY}/listeners/terminal-event.listener`,
    'TerminalEventListener',
  );
  const outbox = await BuiltClass.find(`${LIBRARY}/outbox/outbox.repository`, 'OutboxRepository');
  const relay = await BuiltClass.find(`${LIBRARY}/outbox/outbox.relay`, 'OutboxRelay');
  const server = await BuiltClass.find('platform/dist/redis/message-claim.server', 'MessageClaimServer');

  listener.around('onTerminal', (_self, _args, original) =>
    background.run(true, async () => {
      await points.pass('listener-before-close');
      const reply: unknown = await original();
      await points.pass('listener-before-reply');
      return reply;
    }),
  );
  outbox.around('claim', async (_self, _args, original: Original<unknown[]>) => {
    const claimed = await original();
    if (claimed.length > 0) await points.pass('after-outbox-claim');
    return claimed;
  });
  outbox.around('markDelivered', async (_self, _args, original: Original<void>) => {
    await points.pass('before-mark');
    await original();
  });
  relay.around('makeOpeningSteps', async (_self, [heard]: [unknown[]], original: Original<unknown>) => {
    if (heard.length > 0) await points.pass('after-publish');
    return original();
  });
  server.around('claim', async (_self, _args, original: Original<boolean>) => {
    const isMine = await original();
    if (isMine) await points.pass('after-claim');
    return isMine;
  });
}
