import { problemType } from '../problems/problem.mapper.ts';
import { PLATFORM_PROBLEMS } from '../problems/problem.constants.ts';
import type { ProblemDefinition, ProblemTable } from '../problems/problem.interface.ts';
import type { Answer, MediaType, Schema } from './document.interface.ts';
import { exampleOf } from './example.ts';

const RETRY_AFTER = { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } };
const CHALLENGE = { description: 'How to authenticate', required: true, schema: { const: 'Bearer' } };

/** How the codes of a table are answered, in the words of the document. */
export class ProblemAnswers {
  /** The schema of each code that was asked for. */
  readonly schemas: Record<string, Schema> = {};

  /** @param known the schemas that members refer to */
  constructor(
    private readonly table: ProblemTable,
    private readonly known: Readonly<Record<string, Schema>>,
  ) {}

  /** One answer for each status that the codes have. */
  answersTo(codes: readonly string[], path: string): Record<string, Answer> {
    const byStatus = Object.groupBy([...new Set(codes)], (code) => String(this.definitionOf(code).status));
    const answers = Object.entries(byStatus).map(([status, some = []]) => [status, this.answer(some, path)]);
    return Object.fromEntries(answers) as Record<string, Answer>;
  }

  /** Of codes that have one status. */
  answer(codes: readonly string[], path: string): Answer {
    const refs = codes.map((code) => ({ $ref: `#/components/schemas/${this.add(code, path)}` }));
    const definitions = codes.map((code) => this.definitionOf(code));
    const content: MediaType & { examples?: Record<string, object> } = {
      schema: refs.length === 1 && refs[0] ? refs[0] : { oneOf: refs },
      examples: Object.fromEntries(codes.map((code) => [code, { value: this.example(code, path) }])),
    };
    const paused = definitions.filter(({ retryAfterSeconds }) => retryAfterSeconds !== undefined);
    return {
      description: definitions.map(({ title }, index) => `${codes[index] ?? ''}: ${title}`).join('; '),
      ...(paused.length === 0 && !codes.includes('UNAUTHENTICATED')
        ? {}
        : {
            headers: {
              ...(codes.includes('UNAUTHENTICATED') && { 'WWW-Authenticate': CHALLENGE }),
              ...(paused.length > 0 && {
                'Retry-After': { ...RETRY_AFTER, required: paused.length === definitions.length },
              }),
            },
          }),
      content: { 'application/problem+json': content },
    };
  }

  private definitionOf(code: string): ProblemDefinition {
    const own = (PLATFORM_PROBLEMS as ProblemTable)[code];
    const definition = this.table[code] ?? own;
    if (!definition) throw new Error(`No table of problems has the code '${code}' that a route names.`);
    return { ...own, ...definition };
  }

  private example(code: string, path: string): unknown {
    return { ...(exampleOf(this.schemas[nameOf(code)] ?? {}, this.known) as object), instance: path };
  }

  private add(code: string, path: string): string {
    const { status, title, members = {} } = this.definitionOf(code);
    const properties: Record<string, Schema> = {
      type: { const: problemType(code), description: 'A reference that identifies the kind of problem' },
      title: { const: title },
      status: { const: status },
      detail: { type: 'string', minLength: 1, examples: [title], description: 'What happened this time' },
      instance: { type: 'string', examples: [path], description: 'The path of the request' },
      code: { const: code },
      ...(members as Record<string, Schema>),
    };
    const schema = {
      type: 'object',
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    };
    this.schemas[nameOf(code)] ??= schema;
    return nameOf(code);
  }
}

/** `ORDER_ACTIVE_EXISTS` becomes `OrderActiveExistsProblem`. */
function nameOf(code: string): string {
  const words = code.toLowerCase().split('_');
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Problem`;
}
