import {
  type BroadcastList,
  type BroadcastListQuery,
  BroadcastNotFoundException,
  BroadcastReaderService,
} from '@app/customer-broadcast';
import type { Actor } from '@app/platform';
import { Injectable } from '@nestjs/common';
import { AcceptanceRepository } from '../acceptance/acceptance.repository.ts';
import type { TruckKind } from '../request/truck-kind.interface.ts';
import type { TruckTransition } from '../request/truck.lifecycle.ts';
import type { TruckRequest } from '../request/truck-request.entity.ts';

/**
 * Reads requests for trucks, as much of them as the actor may see: a customer the own ones, an operator all, a transporter
 * those accepted. What an actor may not see is not there.
 *
 * @publicApi
 */
@Injectable()
export class TruckReaderService {
  constructor(
    private readonly reader: BroadcastReaderService,
    private readonly acceptances: AcceptanceRepository,
  ) {}

  /** @throws BroadcastNotFoundException also when the id is not a UUID, or the request is not the actor's to see */
  async get<T extends TruckRequest>(kind: TruckKind<T>, id: string, actor: Actor): Promise<T> {
    const request = await this.reader.get(kind, id, ownerOf(actor));
    if (!(await this.maySee(kind, request, actor))) throw new BroadcastNotFoundException(kind.name, id);
    return request;
  }

  /** The request as it is stored, for an answer to an actor who was just allowed to change it. */
  getAny<T extends TruckRequest>(kind: TruckKind<T>, id: string): Promise<T> {
    return this.reader.getAny(kind, id);
  }

  /** A customer's own, or every customer's. @throws BroadcastInputException when the cursor names no place in the list */
  list<T extends TruckRequest>(
    kind: TruckKind<T>,
    actor: Actor,
    query: BroadcastListQuery,
  ): Promise<BroadcastList<T>> {
    return this.reader.list(kind, query, ownerOf(actor));
  }

  /** Its steps, oldest first. @throws BroadcastNotFoundException as {@link get} does */
  async history(kind: TruckKind, id: string, actor: Actor): Promise<TruckTransition[]> {
    await this.get(kind, id, actor);
    return (await this.reader.history(kind, id)) as TruckTransition[];
  }

  private async maySee(kind: TruckKind, { id }: TruckRequest, actor: Actor): Promise<boolean> {
    switch (actor.role) {
      case 'operator':
      case 'customer': // the reader was asked for the customer's own
        return true;
      case 'transporter':
        return this.acceptances.hasAccepted(kind, id, actor.sub);
      case 'dispatcher':
        return false;
    }
  }
}

/** A customer reads the own requests only. */
function ownerOf({ role, sub }: Actor): string | undefined {
  return role === 'customer' ? sub : undefined;
}
