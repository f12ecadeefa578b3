import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { HistoryPosition } from './history-position.ts';
import { LiveViewService } from './live-view.service.ts';

interface LiveRequest {
  readonly headers: { readonly 'last-event-id'?: string };
}

const starts = new WeakMap<object, HistoryPosition>();

/**
 * Finds where a stream begins before Nest sends its headers, which it does as soon as the handler is called: what is
 * refused here is still a problem and not half a stream, and what happens once the client has the headers is shown.
 *
 * @throws what `LiveViewService.startOf` throws
 */
@Injectable()
export class LiveViewGuard implements CanActivate {
  constructor(private readonly liveView: LiveViewService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<LiveRequest>();
    starts.set(request, await this.liveView.startOf(request.headers['last-event-id']));
    return true;
  }
}

/** Parameter: where the guard found that the stream begins. */
export const StreamStart = createParamDecorator((_: unknown, context: ExecutionContext) =>
  starts.get(context.switchToHttp().getRequest<LiveRequest>()),
);
