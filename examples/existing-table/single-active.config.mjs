import { defineRule } from 'single-active';

export default defineRule({
  name: 'one-ride-per-rider',
  tables: [
    {
      table: 'dispatch.rides',
      as: 'ride',
      id: 'id',
      key: '"riderId"',
      activeWhen: "state IN ('REQUESTED', 'ON_TRIP')",
    },
  ],
});
