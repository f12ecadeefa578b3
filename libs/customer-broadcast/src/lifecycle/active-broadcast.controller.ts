import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { CurrentCustomer } from '../guard/customer.decorator.ts';
import { CustomerGuard } from '../guard/customer.guard.ts';
import type { ActiveBroadcast } from '../interfaces/active-broadcast.interface.ts';
import type { StatusReply } from '../interfaces/status-reply.interface.ts';
import { ApiBroadcastRoute } from '../openapi/broadcast-route.decorator.ts';
import { ActiveBroadcastView } from './active-broadcast.view.ts';
import { BroadcastReaderService } from './broadcast-reader.service.ts';
import { EmptyMessage } from './rpc-message.dto.ts';

/** What a customer has on the air, the same from every service. List it under the `controllers` of a module of yours. @publicApi */
@ApiTags('active broadcast')
@ApiBearerAuth()
@Controller()
export class ActiveBroadcastController {
  constructor(private readonly reader: BroadcastReaderService) {}

  /** 200 with the active broadcast of the customer, whatever its kind, or 204. */
  @ApiBroadcastRoute({
    operationId: 'findActiveBroadcast',
    summary: 'What the customer has on the air, of whichever kind',
    answers: [
      { status: 200, description: 'The active broadcast', type: ActiveBroadcastView },
      { status: 204, description: 'There is none' },
    ],
  })
  @Get('v1/active-broadcast')
  @UseGuards(CustomerGuard)
  async find(
    @CurrentCustomer() customerId: string,
    @Res({ passthrough: true }) reply: StatusReply,
  ): Promise<ActiveBroadcast | undefined> {
    const active = await this.reader.findActive(customerId);
    if (active) return active;
    reply.status(204);
    return undefined;
  }

  /** The same over RPC; without one the response is null. */
  @MessagePattern('customer-broadcast.find-active')
  @UseGuards(CustomerGuard)
  findOverRpc(
    @CurrentCustomer() customerId: string,
    @Payload() _message: EmptyMessage,
  ): Promise<ActiveBroadcast | null> {
    return this.reader.findActive(customerId);
  }
}
