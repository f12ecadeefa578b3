import { Module } from '@nestjs/common';
import { ActiveTruckController } from './active-truck.controller.ts';
import { LiveTruckController } from './live-truck.controller.ts';

/** What a customer reads of all kinds, the same from every service. */
@Module({ controllers: [ActiveTruckController, LiveTruckController] })
export class CustomerViewsModule {}
