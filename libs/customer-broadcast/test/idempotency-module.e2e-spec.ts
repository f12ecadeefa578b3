import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Body, ConflictException, Controller, type ExecutionContext, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import type { FastifyRequest } from 'fastify';
import type { LightMyRequestResponse } from 'fastify';
import { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { OPTION_TEXT } from '../src/customer-broadcast.messages.ts';
import { Idempotent, IdempotencyModule } from '../src/idempotency/index.ts';
import { managerOf } from '../src/postgres/transaction.ts';

/** Knows no broadcast: it writes into a table of its own. */
@Controller('notes')
class NoteController {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  @Post()
  @Idempotent()
  async write(@Body('text') text: string): Promise<{ id: string; text: string }> {
    const id = randomUUID();
    await managerOf(this.dataSource).query('INSERT INTO notes (id, text) VALUES ($1, $2)', [id, text]);
    if (text === 'refused') throw new ConflictException('refused');
    return { id, text };
  }
}

const caller = (context: ExecutionContext): string =>
  String(context.switchToHttp().getRequest<FastifyRequest>().headers['x-user']);

describe('the idempotency module by itself', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query('CREATE TABLE notes (id uuid PRIMARY KEY, text text NOT NULL)');
    @Module({
      imports: [
        TypeOrmModule.forRoot({ type: 'postgres', url: database.url }),
        IdempotencyModule.forRoot({ caller, background: false }),
      ],
      controllers: [NoteController],
    })
    class App {}
    app = await NestFactory.create<NestFastifyApplication>(App, new FastifyAdapter(), { logger: false });
    await app.init();
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const write = (text: string, key?: string, user = 'u1'): Promise<LightMyRequestResponse> =>
    app.inject({
      method: 'POST',
      url: '/notes',
      headers: { 'x-user': user, ...(key !== undefined && { 'idempotency-key': key }) },
      payload: { text },
    });
  const written = async (text: string): Promise<number> =>
    (await database.query('SELECT FROM notes WHERE text = $1', [text])).length;

  it('carries a request with one key out once, and gives its answer again', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => write('once', 'k1')));
    const first = answers[0]!.json<{ id: string }>();
    for (const answer of answers) {
      expect(answer.statusCode).toBe(201);
      expect(answer.json()).toEqual(first);
    }
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(3);
    expect(await written('once')).toBe(1);
  });

  it('does nothing without a key, and keeps the keys of two callers apart', async () => {
    await Promise.all([write('many'), write('many'), write('many', 'k2'), write('many', 'k2', 'u2')]);
    expect(await written('many')).toBe(4);
  });

  it('refuses a key for another request, with the answer of its filter', async () => {
    await write('first', 'k3');
    const answer = await write('second', 'k3');
    expect(answer.statusCode).toBe(422);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', instance: '/notes' });
    expect(await written('second')).toBe(0);
  });

  it('undoes a request that was refused, and lets it be tried again', async () => {
    expect((await write('refused', 'k4')).statusCode).toBe(409);
    expect((await write('refused', 'k4')).headers).not.toHaveProperty('idempotency-replayed');
    expect(await written('refused')).toBe(0);
  });

  it('does not start without a caller', async () => {
    const typeOrm = TypeOrmModule.forRoot({ type: 'postgres', url: database.url });
    const without = IdempotencyModule.forRoot({} as { caller: typeof caller });
    const root = { module: class {}, imports: [typeOrm, without] };
    const started = NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
    const remedy = 'use a function of the ExecutionContext that returns the id of who asks.';
    await expect(started).rejects.toThrow(OPTION_TEXT('caller', undefined, remedy, 'IdempotencyModule'));
  });
});
