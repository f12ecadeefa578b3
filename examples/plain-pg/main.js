import pg from 'pg';

import { migrate } from './migrate.js';
import { createRideServer } from './server.js';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
await migrate(pool);
const server = createRideServer(pool).listen(Number(process.env.PORT ?? 3000), () => {
  console.log(`http://localhost:${server.address().port}`);
});
