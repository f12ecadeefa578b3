import {
  Body,
  type CanActivate,
  Controller,
  Get,
  HttpCode,
  Module,
  Param,
  Post,
  Query,
  UseGuards,
  type OnModuleDestroy,
} from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Min, ValidateNested } from 'class-validator';
import { SignJWT } from 'jose';
import { setTimeout as wait } from 'node:timers/promises';
import { ActorDto, CurrentActor, loadEnvironment, PlatformModule, Text } from '../src/index.ts';
import type { Actor, DegradableDependency, Environment, Role } from '../src/index.ts';

const SECRET = 'a secret of at least thirty-two bytes';

export const TABLE = { THING_TAKEN: { status: 409, title: 'Taken', retryAfterSeconds: 7 } };

class ThingDto {
  @Text()
  readonly name: string;

  @IsInt()
  @Min(1)
  readonly count: number;
}

class PageDto {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  readonly limit?: number;
}

class ThingMessage extends ThingDto {
  @ValidateNested()
  @Type(() => ActorDto)
  readonly actor: ActorDto;
}

/** Handlers that wait here go on when the test says so. */
export const gate = { arrived: 0, isDestroyed: false, open: (): void => undefined };
export const heard: unknown[] = [];

/** Takes longer than the deadline that the test sets. */
class SlowGuard implements CanActivate {
  async canActivate(): Promise<boolean> {
    await wait(300);
    return true;
  }
}

@Controller('v1/things')
export class ThingController implements OnModuleDestroy {
  onModuleDestroy(): void {
    gate.isDestroyed = true;
  }

  @Post()
  create(@Body() { name, count }: ThingDto, @CurrentActor() actor: Actor) {
    return { name, count, actor };
  }

  @Get()
  list(@Query() page: PageDto) {
    return page;
  }

  @Get(':id')
  get(@Param('id') id: string) {
    return { id };
  }

  @Post(':id/cancel')
  @HttpCode(200)
  cancel(@Param('id') id: string) {
    return { id, status: 'cancelled' };
  }

  @Post('taken')
  taken() {
    throw Object.assign(new Error('It is taken.'), { code: 'THING_TAKEN', details: { by: 'you' } });
  }

  @Get('behaviour/bug')
  bug() {
    throw new TypeError('secret: password=hunter2');
  }

  @Get('behaviour/hang')
  async hang() {
    await wait(60_000, undefined, { ref: false });
  }

  @Get('behaviour/late')
  @UseGuards(SlowGuard)
  async late() {
    await wait(50);
    return { status: 'answered' };
  }

  @Get('behaviour/gate')
  async gated() {
    gate.arrived += 1;
    await new Promise<void>((resolve) => (gate.open = resolve));
    return { status: 'answered' };
  }

  @MessagePattern('thing.create')
  createByMessage(@Payload() { name, count }: ThingMessage, @CurrentActor() actor: Actor) {
    return { name, count, actor };
  }

  @MessagePattern('thing.take')
  takeByMessage() {
    this.taken();
  }

  @EventPattern('thing.happened')
  onThing(@Payload() event: unknown) {
    heard.push(event);
  }
}

export function testEnvironment(overrides: NodeJS.ProcessEnv = {}): Environment {
  return loadEnvironment({
    // Nobody listens on port 1: what needs no Postgres must do without it.
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    REDIS_URL: 'redis://127.0.0.1:1',
    AUTH_JWT_SECRET: SECRET,
    LOG_LEVEL: 'silent',
    HTTP_HOST: '127.0.0.1',
    ...overrides,
  });
}

export interface TestServiceOptions {
  readonly requestDeadlineMs?: number;
  readonly degradable?: readonly DegradableDependency[];
}

export function testModule(env: Environment, options: TestServiceOptions = {}) {
  const platform = PlatformModule.forRoot({ name: 'test', env, problems: TABLE, entities: [], ...options });
  @Module({ imports: [platform], controllers: [ThingController] })
  class TestModule {}
  return TestModule;
}

export function tokenOf(sub: string, role: Role = 'customer'): Promise<string> {
  return new SignJWT({ sub, role })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SECRET));
}
