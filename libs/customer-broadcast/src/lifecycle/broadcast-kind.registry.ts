import { Injectable } from '@nestjs/common';
import { DUPLICATE_KIND_TEXT, UNKNOWN_KIND_TEXT } from '../customer-broadcast.messages.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';

/** The kinds that this process owns: it relays their events, dispatches them and expires them. */
@Injectable()
export class BroadcastKindRegistry {
  private readonly kinds = new Map<string, BroadcastKind>();

  /** @throws Error when the name is taken; the application does not start then. */
  register(kind: BroadcastKind): BroadcastKind {
    if (this.kinds.has(kind.name)) throw new Error(DUPLICATE_KIND_TEXT(kind.name));
    this.kinds.set(kind.name, kind);
    return kind;
  }

  /** @throws Error when `forFeature` was not called for that kind. */
  get(name: string): BroadcastKind {
    const kind = this.kinds.get(name);
    if (!kind) throw new Error(UNKNOWN_KIND_TEXT(name));
    return kind;
  }

  list(): BroadcastKind[] {
    return [...this.kinds.values()];
  }
}
