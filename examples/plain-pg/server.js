import { createServer } from 'node:http';

import { asSlotTaken, holders } from 'single-active';

import rule from './single-active.config.mjs';

/** POST /riders/:rider/rides requests a ride; POST /rides/:ride/cancel ends it. */
export function createRideServer(db) {
  return createServer((request, response) => {
    const answer = (status, body) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    route(db, `${request.method} ${request.url}`).then(
      ([status, body]) => answer(status, body),
      (error) => {
        console.error(error);
        answer(500, { message: 'The ride could not be written. Try again.' });
      },
    );
  });
}

async function route(db, call) {
  const [, rider] = /^POST \/riders\/(\w+)\/rides$/.exec(call) ?? [];
  if (rider !== undefined) return requestRide(db, rider);
  const [, ride] = /^POST \/rides\/(\d+)\/cancel$/.exec(call) ?? [];
  if (ride !== undefined) return cancelRide(db, ride);
  return [404, { message: 'Use POST /riders/:rider/rides or POST /rides/:ride/cancel.' }];
}

async function requestRide(db, rider) {
  try {
    const { rows } = await db.query('INSERT INTO rides (rider_id) VALUES ($1) RETURNING id', [rider]);
    return [201, { id: rows[0].id }];
  } catch (error) {
    if (asSlotTaken(error) === null) throw error;
    const [active] = await holders(db, rule, rider);
    return [409, { message: 'You have a ride already. Cancel it first.', ride: active?.id ?? null }];
  }
}

async function cancelRide(db, ride) {
  const { rows } = await db.query(
    "UPDATE rides SET status = 'cancelled' WHERE id = $1 AND status <> 'cancelled' RETURNING id",
    [ride],
  );
  return rows.length === 0 ? [404, { message: 'No such ride is under way.' }] : [200, { id: ride }];
}
