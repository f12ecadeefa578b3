import * as runtime from '@prisma/client/runtime/client';

/**
 * The client that `prisma generate` (7.10.0, generator `prisma-client`) writes for the schema below, without its types.
 * Prisma's command line fetches a binary when it is installed, which a bare machine may not be able to; the client itself
 * needs none.
 */
const SCHEMA = `generator client {
  provider = "prisma-client"
  output   = "./generated"
}

datasource db {
  provider = "postgresql"
}

model Ride {
  id      Int    @id
  riderId String @map("rider_id")
  status  String

  @@map("rides")
}
`;

const FIELDS = [
  { name: 'id', kind: 'scalar', type: 'Int' },
  { name: 'riderId', kind: 'scalar', type: 'String', dbName: 'rider_id' },
  { name: 'status', kind: 'scalar', type: 'String' },
];

/** What a query may look like, as the generator wrote it. */
const GRAPH_STRINGS =
  'where Ride.findUnique Ride.findUniqueOrThrow orderBy cursor Ride.findFirst Ride.findFirstOrThrow Ride.findMany data Ride.createOne Ride.createMany Ride.createManyAndReturn Ride.updateOne Ride.updateMany Ride.updateManyAndReturn create update Ride.upsertOne Ride.deleteOne Ride.deleteMany having _count _avg _sum _min _max Ride.groupBy Ride.aggregate AND OR NOT id riderId status equals in notIn lt lte gt gte contains startsWith endsWith not set increment decrement multiply divide';
const GRAPH = [
  'KwsQBhwAACIAMB0AAAQAEB4AACIAMB8CAAAAASABACQAISEBACQAIQEAAAABACABAAAAAQAgBhwAACIAMB0AAAQAEB4AACIAMB8CACMA',
  'ISABACQAISEBACQAIQADAAAABAAgAwAABQAwBAAAAQAgAwAAAAQAIAMAAAUAMAQAAAEAIAMAAAAEACADAAAFADAEAAABACADHwIAAAAB',
  'IAEAAAABIQEAAAABAQgAAAkAIAMfAgAAAAEgAQAAAAEhAQAAAAEBCAAACwAwAQgAAAsAMAMfAgAqACEgAQArACEhAQArACECAAAAAQAg',
  'CAAADgAgAx8CACoAISABACsAISEBACsAIQIAAAAEACAIAAAQACACAAAABAAgCAAAEAAgAwAAAAEAIA8AAAkAIBAAAA4AIAEAAAABACAB',
  'AAAABAAgBRUAACUAIBYAACYAIBcAACkAIBgAACgAIBkAACcAIAYcAAAaADAdAAAXABAeAAAaADAfAgAbACEgAQAcACEhAQAcACEDAAAA',
  'BAAgAwAAFgAwFAAAFwAgAwAAAAQAIAMAAAUAMAQAAAEAIAYcAAAaADAdAAAXABAeAAAaADAfAgAbACEgAQAcACEhAQAcACENFQAAHgAg',
  'FgAAIQAgFwAAHgAgGAAAHgAgGQAAHgAgIgIAAAABIwIAAAAEJAIAAAAEJQIAAAABJgIAAAABJwIAAAABKAIAAAABLAIAIAAhDhUAAB4A',
  'IBgAAB8AIBkAAB8AICIBAAAAASMBAAAABCQBAAAABCUBAAAAASYBAAAAAScBAAAAASgBAAAAASkBAAAAASoBAAAAASsBAAAAASwBAB0A',
  'IQ4VAAAeACAYAAAfACAZAAAfACAiAQAAAAEjAQAAAAQkAQAAAAQlAQAAAAEmAQAAAAEnAQAAAAEoAQAAAAEpAQAAAAEqAQAAAAErAQAA',
  'AAEsAQAdACEIIgIAAAABIwIAAAAEJAIAAAAEJQIAAAABJgIAAAABJwIAAAABKAIAAAABLAIAHgAhCyIBAAAAASMBAAAABCQBAAAABCUB',
  'AAAAASYBAAAAAScBAAAAASgBAAAAASkBAAAAASoBAAAAASsBAAAAASwBAB8AIQ0VAAAeACAWAAAhACAXAAAeACAYAAAeACAZAAAeACAi',
  'AgAAAAEjAgAAAAQkAgAAAAQlAgAAAAEmAgAAAAEnAgAAAAEoAgAAAAEsAgAgACEIIggAAAABIwgAAAAEJAgAAAAEJQgAAAABJggAAAAB',
  'JwgAAAABKAgAAAABLAgAIQAhBhwAACIAMB0AAAQAEB4AACIAMB8CACMAISABACQAISEBACQAIQgiAgAAAAEjAgAAAAQkAgAAAAQlAgAA',
  'AAEmAgAAAAEnAgAAAAEoAgAAAAEsAgAeACELIgEAAAABIwEAAAAEJAEAAAAEJQEAAAABJgEAAAABJwEAAAABKAEAAAABKQEAAAABKgEA',
  'AAABKwEAAAABLAEAHwAhAAAAAAAFLQIAAAABLgIAAAABLwIAAAABMAIAAAABMQIAAAABAS0BAAAAAQAAAAAFFQAGFgAHFwAIGAAJGQAK',
  'AAAAAAAFFQAGFgAHFwAIGAAJGQAKAQIBAgMBBQYBBgcBBwgBCQoBCgwCCw0DDA8BDRECDhIEERMBEhQBExUCGhgFGxkL',
].join('');

export const RidesPrismaClient = runtime.getPrismaClient({
  previewFeatures: [],
  clientVersion: '7.10.0',
  engineVersion: '0edf323efd1d98336f3f0a68684b56f689b900d3',
  activeProvider: 'postgresql',
  inlineSchema: SCHEMA,
  runtimeDataModel: {
    models: { Ride: { fields: FIELDS, dbName: 'rides', schema: null } },
    enums: {},
    types: {},
  },
  parameterizationSchema: { strings: GRAPH_STRINGS.split(' '), graph: GRAPH },
  compilerWasm: {
    getRuntime: () => import('@prisma/client/runtime/query_compiler_fast_bg.postgresql.mjs'),
    getQueryCompilerWasmModule: async () => {
      const { wasm } =
        await import('@prisma/client/runtime/query_compiler_fast_bg.postgresql.wasm-base64.mjs');
      return new WebAssembly.Module(Buffer.from(wasm, 'base64'));
    },
    importName: './query_compiler_fast_bg.js',
  },
});
