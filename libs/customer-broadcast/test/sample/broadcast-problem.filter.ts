import { CustomerBroadcastException, customerBroadcastProblems } from '@app/customer-broadcast';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

@Catch(CustomerBroadcastException)
export class BroadcastProblemFilter implements ExceptionFilter<CustomerBroadcastException> {
  catch({ code, message, details }: CustomerBroadcastException, host: ArgumentsHost): void {
    const { status, title } = customerBroadcastProblems[code];
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    void reply.status(status).send({ status, title, detail: message, code, ...details });
  }
}
