import {
  type ActiveBroadcast,
  ApiBroadcastRoute,
  BroadcastReaderService,
  EmptyMessage,
} from '@app/customer-broadcast';
import { type Actor, CurrentActor } from '@app/platform';
import { Controller, Get, Res } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { TruckAction } from '../access/truck-action.decorator.ts';
import { ActiveTruckView } from './active-truck.view.ts';

/** What a customer has on the air, the same from every service. */
@ApiTags('active broadcast')
@ApiBearerAuth()
@Controller()
export class ActiveTruckController {
  constructor(private readonly reader: BroadcastReaderService) {}

  /** 200 with the active broadcast of the customer, whatever its kind, or 204. */
  @ApiBroadcastRoute({
    operationId: 'findActiveBroadcast',
    summary: 'What the customer has on the air, of whichever kind',
    answers: [
      { status: 200, description: 'The active broadcast', type: ActiveTruckView },
      { status: 204, description: 'There is none' },
    ],
  })
  @Get('v1/active-broadcast')
  @TruckAction('find-active')
  async find(
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ActiveBroadcast | undefined> {
    const active = await this.reader.findActive(actor.sub);
    if (active) return active;
    reply.status(204);
    return undefined;
  }

  /** The same over RPC; without one the response is null. */
  @MessagePattern('customer-broadcast.find-active')
  @TruckAction('find-active')
  findOverRpc(
    @CurrentActor() actor: Actor,
    @Payload() _message: EmptyMessage,
  ): Promise<ActiveBroadcast | null> {
    return this.reader.findActive(actor.sub);
  }
}
