import type { SwitchName } from './agent-commands.ts';
import { type Around, BuiltClass } from './built-class.ts';

const LIBRARY = 'customer-broadcast/dist';
const KEY_PREFIX = 'customer:active-broadcast:';

/** The parts of this process that are taken out, for the positive controls. */
export class TakenOutParts {
  readonly #off = new Set<SwitchName>();
  readonly #reportHeard: (eventId: string) => void;

  /** @param reportHeard must be done when it returns: the reply goes out after it */
  constructor(reportHeard: (eventId: string) => void) {
    this.#reportHeard = reportHeard;
  }

  set(name: SwitchName, on: boolean): void {
    if (on) this.#off.add(name);
    else this.#off.delete(name);
  }

  /** Puts the switches into the classes of the built library; until one is set, nothing is different. */
  async place(): Promise<void> {
    const find = (file: string, name: string): Promise<BuiltClass> =>
      BuiltClass.find(`${LIBRARY}/${file}`, name);
    const lock = await find('lock/create-lock.service', 'CreateLockService');
    const hint = await find('hint/active-broadcast.hint', 'ActiveBroadcastHint');
    const guard = await find('guard/single-active-broadcast.interceptor', 'SingleActiveBroadcastInterceptor');
    const reconciler = await find('reconcile/key.reconciler', 'KeyReconciler');
    const relay = await find('outbox/outbox.relay', 'OutboxRelay');
    const listener = await find('listeners/terminal-event.listener', 'TerminalEventListener');
    const idempotency = await find('idempotency/idempotency.service', 'IdempotencyService');

    lock.around(
      'acquire',
      this.#unless('lock-off', () =>
        Promise.resolve({ state: 'acquired', release: () => Promise.resolve() }),
      ),
    );
    for (const method of ['close', 'deleteIfSame'])
      hint.around(method, this.#unless('key-compare-off', deleteWhateverItNames));
    hint.around(
      'close',
      this.#unless('key-close-off', () => Promise.resolve(false)),
    );
    guard.around('refuseIfHinted', this.#unless('key-believed', believeTheKey));
    reconciler.around(
      'reconcile',
      this.#unless('reconcile-off', () => Promise.resolve({ stale: 0, missing: 0, slotDrift: 0 })),
    );
    relay.around(
      'deliver',
      this.#unless('acknowledgement-off', (_self, _args, original) => {
        void original(); // it never rejects
        return Promise.resolve(true);
      }),
    );
    idempotency.around('attempt', this.#unless('answer-after-commit', keepTheAnswerAfterwards));
    for (const method of ['onOpened', 'onTerminal']) listener.around(method, this.#listen);
  }

  #unless(name: SwitchName, instead: Around): Around {
    return (self, args, original) => (this.#off.has(name) ? instead(self, args, original) : original());
  }

  readonly #listen = async (
    _self: unknown,
    [payload]: [{ readonly eventId?: unknown } | null | undefined],
    original: () => Promise<unknown>,
  ): Promise<unknown> => {
    const reply = await original();
    const eventId = payload?.eventId;
    if (this.#off.has('report-heard') && typeof eventId === 'string') this.#reportHeard(eventId);
    return reply;
  };
}

interface Hint {
  readonly breaker: { run(command: () => Promise<number>): Promise<number> };
  readonly client: { del(key: string): Promise<number> };
}

/** The obvious first version: the broadcast is over, so the key goes. */
async function deleteWhateverItNames(self: Hint, [customerId]: [string]): Promise<boolean> {
  return (await self.breaker.run(() => self.client.del(KEY_PREFIX + customerId))) === 1;
}

interface Guard {
  readonly hint: { read(customerId: string): Promise<string | null> };
  readonly slot: { refusal(holder: unknown, layer: string): Error };
}

async function believeTheKey({ hint, slot }: Guard, [customerId]: [string]): Promise<void> {
  const value = await hint.read(customerId).catch(() => null);
  if (value === null) return;
  const [kind, id] = value.split(':') as [string, string];
  const now = Date.now();
  const broadcast = {
    kind,
    id,
    status: 'broadcasting',
    createdAt: new Date(now),
    expiresAt: new Date(now + 60_000),
    cancel: { method: 'POST', href: `/v1/${kind}s/${id}/cancel` },
  };
  throw slot.refusal({ broadcast, secondsLeft: 60, overdue: false }, 'key');
}

interface Idempotency {
  readonly dataSource: { readonly manager: unknown };
  readonly repository: {
    find(on: unknown, request: object): Promise<object | null>;
    save(on: unknown, request: object, record: object): Promise<void>;
  };
}

async function keepTheAnswerAfterwards(
  { dataSource, repository }: Idempotency,
  [request, execute]: [{ readonly requestHash: Buffer }, () => Promise<object>],
): Promise<unknown> {
  const kept = await repository.find(dataSource, request);
  if (kept) return { ...kept, replayed: true };
  const answer = await execute();
  await repository.save(dataSource.manager, request, { ...answer, requestHash: request.requestHash });
  return { ...answer, replayed: false };
}
