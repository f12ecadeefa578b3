import { PageDto } from '@app/customer-broadcast';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { TRUCK_LIFE, type TruckStatus } from '../request/truck.lifecycle.ts';

/** Query of a list of requests for trucks. @publicApi */
export class ListTruckRequestsDto extends PageDto {
  @ApiPropertyOptional({ description: 'Only those that have it now' })
  @IsOptional()
  @IsIn(TRUCK_LIFE.statuses)
  readonly status?: TruckStatus;
}
