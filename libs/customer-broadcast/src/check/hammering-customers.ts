import type { SlotHolder } from './active-broadcast.repository.ts';

/** Whoever meets a key so often within a second hammers. A person does not, and nor does a client that heeds `Retry-After`. */
const HAMMERING_PER_SECOND = 10;
const WINDOW_MS = 1000;

/**
 * How long what Postgres said is good for, for a customer who hammers, as long as the key still says the same. Half of the
 * second within which a free slot has to be seen even when the deletion of its key was lost.
 */
const ANSWER_MS = 500;

interface Answer {
  readonly key: string;
  readonly holder: Promise<SlotHolder | null>;
  readonly validUntilMs: number;
}

interface Window {
  startedAtMs: number;
  met: number;
  /** As the window before this one found out. */
  hammered: boolean;
  answer: Answer | undefined;
}

/**
 * Keeps a customer who sends creates without a pause from asking Postgres each time: two questions a second at most, one at a
 * time, in each process. Everybody else's refusals are looked up, each by itself.
 *
 * The key has to be read all the same, each time: it goes before the end of a broadcast is answered, so the create that
 * follows is let through. Only when that deletion was lost does a customer who hammers see a free slot 500 ms late.
 */
export class HammeringCustomers {
  /** Sorted by their beginnings. */
  private readonly windows = new Map<string, Window>();

  /**
   * Who holds the slot, as Postgres says now or said a moment ago.
   *
   * @param key the value of the customer's key, just read
   * @param ask asks Postgres
   * @throws what `ask` throws
   */
  async holder(
    customerId: string,
    key: string,
    ask: () => Promise<SlotHolder | null>,
  ): Promise<SlotHolder | null> {
    const nowMs = performance.now();
    const window = this.windowOf(customerId, nowMs);
    window.met += 1;
    if (!window.hammered && window.met <= HAMMERING_PER_SECOND) return ask();
    const { answer } = window;
    if (answer?.key === key && nowMs < answer.validUntilMs) return answer.holder;
    const asked: Answer = { key, holder: ask(), validUntilMs: nowMs + ANSWER_MS };
    window.answer = asked;
    const forget = (): void => {
      if (window.answer === asked) window.answer = undefined;
    };
    asked.holder.then((holder) => {
      // A free slot is seen at once by all, and so is a deadline: it is rounded up, so it may be this near.
      if (!holder || (holder.secondsLeft !== null && holder.secondsLeft <= 1)) forget();
    }, forget);
    return asked.holder;
  }

  private windowOf(customerId: string, nowMs: number): Window {
    const window = this.windows.get(customerId) ?? {
      startedAtMs: -Infinity,
      met: 0,
      hammered: false,
      answer: undefined,
    };
    const ageMs = nowMs - window.startedAtMs;
    if (ageMs < WINDOW_MS) return window;
    window.hammered = ageMs < 2 * WINDOW_MS && window.met > HAMMERING_PER_SECOND;
    window.met = 0;
    window.startedAtMs = nowMs;
    this.windows.delete(customerId);
    this.windows.set(customerId, window);
    this.forgetOld(nowMs);
    return window;
  }

  private forgetOld(nowMs: number): void {
    for (const [customerId, { startedAtMs }] of this.windows) {
      if (nowMs - startedAtMs < 2 * WINDOW_MS) return;
      this.windows.delete(customerId);
    }
  }
}
