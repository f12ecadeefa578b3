import { defineRule } from 'single-active';

export default defineRule({
  name: 'one-ride',
  tables: [{ table: 'rides', id: 'id', key: 'rider_id', activeWhen: "status = 'open'" }],
});
