import { Injectable } from '@nestjs/common';
import { CURSOR_TEXT } from '../customer-broadcast.messages.ts';
import { BroadcastInputException, BroadcastNotFoundException } from '../exceptions/broadcast.exceptions.ts';
import { ActiveBroadcastRepository } from '../check/active-broadcast.repository.ts';
import type { ActiveBroadcast } from '../interfaces/active-broadcast.interface.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { BroadcastHistoryRepository, type BroadcastTransition } from './broadcast-history.repository.ts';
import { BroadcastRepository } from './broadcast.repository.ts';
import { DEFAULT_PAGE_SIZE } from './broadcast.dto.ts';
import type { Broadcast } from './broadcast.entity.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Which part of a list is wanted. @publicApi */
export interface BroadcastListQuery {
  /** 1 to 100. @default 20 */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  readonly status?: string;
}

/** One page of a list. @publicApi */
export interface BroadcastList<T> {
  /** Newest first. */
  readonly items: T[];
  /** Null at the end. */
  readonly nextCursor: string | null;
}

/**
 * Reads broadcasts. Each method that takes `ownedBy` reads for that customer, for whom another's broadcast is not there;
 * without it, for a caller whom the application lets see every customer's.
 *
 * @publicApi
 */
@Injectable()
export class BroadcastReaderService {
  constructor(
    private readonly repository: BroadcastRepository,
    private readonly histories: BroadcastHistoryRepository,
    private readonly actives: ActiveBroadcastRepository,
  ) {}

  /**
   * The broadcast as it is shown: an overdue one as expired, even before a worker has come by. A read writes nothing, and the
   * history has the step when it is made.
   *
   * @throws BroadcastNotFoundException also when the id is not a UUID, or the broadcast is another customer's
   */
  async get<T extends Broadcast>(kind: BroadcastKind<T>, id: string, ownedBy?: string): Promise<T> {
    const broadcast = await this.getAny(kind, id);
    if (ownedBy !== undefined && broadcast.customerId !== ownedBy) {
      throw new BroadcastNotFoundException(kind.name, id);
    }
    return shown(kind, broadcast);
  }

  /** The broadcast as it is stored, for an answer to a caller who was just allowed to change it. */
  async getAny<T extends Broadcast>(kind: BroadcastKind<T>, id: string): Promise<T> {
    const broadcast = UUID.test(id) ? await this.repository.findById(kind, id) : null;
    if (!broadcast) throw new BroadcastNotFoundException(kind.name, id);
    return broadcast;
  }

  /** @throws BroadcastInputException when the cursor names no place in the list */
  async list<T extends Broadcast>(
    kind: BroadcastKind<T>,
    query: BroadcastListQuery,
    ownedBy?: string,
  ): Promise<BroadcastList<T>> {
    const limit = query.limit ?? DEFAULT_PAGE_SIZE;
    const page = {
      customerId: ownedBy ?? null,
      status: query.status ?? null,
      after: query.cursor === undefined ? null : decodeCursor(query.cursor),
      limit: limit + 1,
    };
    const found = await this.histories.list(kind, page);
    // Asked only where it makes a difference: a page with rows on it had a place to start from.
    if (found.length === 0 && page.after !== null && !(await this.histories.isPlace(kind, page))) {
      throw foreignCursor();
    }
    const items = found.slice(0, limit).map((broadcast) => shown(kind, broadcast));
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last ? encodeCursor(last.id) : null };
  }

  /** Its steps, oldest first. For a caller who may see the broadcast: {@link get} tells. */
  history(kind: BroadcastKind, id: string): Promise<BroadcastTransition[]> {
    return this.histories.listTransitions(kind, id);
  }

  /** The customer's active broadcast of any kind; one whose deadline has passed is never shown. */
  async findActive(customerId: string): Promise<ActiveBroadcast | null> {
    const holder = await this.actives.find(customerId);
    return holder && !holder.overdue ? holder.broadcast : null;
  }
}

function shown<T extends Broadcast>({ lifecycle }: BroadcastKind<T>, broadcast: T): T {
  if (!broadcast.overdue || !lifecycle.isActive(broadcast.status)) return broadcast;
  return Object.assign(Object.create(Object.getPrototypeOf(broadcast) as object) as T, broadcast, {
    status: lifecycle.expired,
  });
}

/** Whether the text can be the id of a broadcast at all. */
export function isBroadcastId(id: string): boolean {
  return UUID.test(id);
}

function encodeCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

function decodeCursor(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (!UUID.test(id)) throw foreignCursor();
  return id;
}

/** Also for the cursor of a broadcast that is gone, or is another customer's: an empty page would look like the end. */
function foreignCursor(): BroadcastInputException {
  return new BroadcastInputException('cursor', CURSOR_TEXT);
}
