import { defineRule } from 'single-active';

/** A rider has one ride under way, whichever of the statuses it is in. */
export default defineRule({
  name: 'one-ride-per-rider',
  tables: [
    {
      table: 'rides',
      id: 'id',
      key: 'rider_id',
      activeWhen: "status IN ('requested', 'matched', 'on_trip')",
    },
  ],
});
