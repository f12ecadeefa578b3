import { Injectable, type PipeTransform } from '@nestjs/common';
import { BroadcastNotFoundException } from '../exceptions/broadcast.exceptions.ts';
import { isBroadcastId } from './broadcast-reader.service.ts';

/** An id that is no UUID names nothing: not found, and Postgres is not asked. @publicApi */
@Injectable()
export class BroadcastIdPipe implements PipeTransform<unknown, string> {
  transform(value: unknown): string {
    const id = typeof value === 'string' ? value : '';
    if (!isBroadcastId(id)) throw new BroadcastNotFoundException('broadcast', id.slice(0, 40));
    return id;
  }
}
