import { type Database } from '../../src/database.interface.ts';

/** A ride, as an application writes it through its ORM. */
export interface RideDesk {
  readonly db: Database;
  readonly insertRide: (id: number, riderId: string) => Promise<unknown>;
}

/** An application's connection through its ORM. */
export interface OrmSession extends RideDesk {
  /** Rolls back when `work` rejects. */
  inTransaction(work: (desk: RideDesk) => Promise<void>): Promise<void>;
  close(): Promise<unknown>;
}

export interface Orm {
  readonly name: string;
  /** False where the ORM keeps Postgres' DETAIL to itself. */
  readonly showsKey: boolean;
  /** Opens a pool on the database at `url`, which has the table `rides (id int, rider_id text, status text)`. */
  readonly connect: (url: string) => Promise<OrmSession>;
}
