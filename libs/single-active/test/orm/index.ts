import { drizzleNodePostgresOrm, drizzlePostgresJsOrm } from './drizzle.orm.ts';
import { knexOrm } from './knex.orm.ts';
import { type Orm } from './orm.interface.ts';
import { pgOrm } from './pg.orm.ts';
import { prismaOrm } from './prisma.orm.ts';
import { formerTypeOrm, typeOrm } from './typeorm.orm.ts';

export const ORMS: readonly Orm[] = [
  pgOrm,
  typeOrm,
  formerTypeOrm,
  knexOrm,
  drizzleNodePostgresOrm,
  drizzlePostgresJsOrm,
  prismaOrm,
];
