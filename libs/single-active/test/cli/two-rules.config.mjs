// A plain definition serves as well as a rule.
const table = { table: 'rides', id: 'id', key: 'rider_id', activeWhen: "status = 'open'" };

export default [
  { name: 'two-rides', slots: 2, tables: [table] },
  { name: 'three-rides', slots: 3, tables: [table] },
];
