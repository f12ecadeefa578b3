import { Injectable } from '@nestjs/common';
import { DUPLICATE_KIND_TEXT, UNKNOWN_KIND_TEXT } from '../customer-broadcast.messages.ts';
import type { BroadcastKind, GuardedKind } from '../interfaces/broadcast-kind.interface.ts';

/** The kinds that this process owns: it guards them, and keeps the lives of those that declare one. */
@Injectable()
export class BroadcastKindRegistry {
  private readonly kinds = new Map<string, GuardedKind>();

  /** @throws Error when the name is taken; the application does not start then. */
  register<K extends GuardedKind>(kind: K): K {
    if (this.kinds.has(kind.name)) throw new Error(DUPLICATE_KIND_TEXT(kind.name));
    this.kinds.set(kind.name, kind);
    return kind;
  }

  /** @throws Error when `forFeature` was not called for that kind. */
  get(name: string): GuardedKind {
    const kind = this.kinds.get(name);
    if (!kind) throw new Error(UNKNOWN_KIND_TEXT(name));
    return kind;
  }

  /** Those with a life: the process relays their events and keeps their deadlines. The first registered comes first. */
  list(): BroadcastKind[] {
    return [...this.kinds.values()].filter(hasLife);
  }
}

function hasLife(kind: GuardedKind): kind is BroadcastKind {
  return 'lifecycle' in kind && kind.lifecycle !== undefined;
}
