import type { Type } from '@nestjs/common';
import type { MigrationInterface } from 'typeorm';
import { CreateAcceptances1796083300000 } from './1796083300000-CreateAcceptances.ts';

/** The migrations of what every request for trucks has in common, oldest first. @publicApi */
export const truckRequestMigrations: Type<MigrationInterface>[] = [CreateAcceptances1796083300000];
