import { type AnySchema, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export type Json = Readonly<Record<string, unknown>>;

export interface DocumentedAnswer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: Json }>>;
  readonly content?: Readonly<Record<string, Json>>;
}

export interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly Json[];
  /** Null: any caller. */
  readonly roles: readonly string[] | null;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: Json;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly example?: unknown; readonly schema: Json }>>;
  };
  readonly responses: Readonly<Record<string, DocumentedAnswer>>;
}

/** An answer that an operation may give; a status that several codes have is several answers. */
export interface ExpectedAnswer {
  readonly operation: Operation;
  /** `default` stands for a failure of ours. */
  readonly status: string;
  readonly code: string | null;
}

export interface SeenAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Document extends Json {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

/** An OpenAPI document, and whether something keeps to it. */
export class Contract {
  readonly operations: readonly Operation[];
  private readonly ajv: Ajv2020;
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor(readonly document: Document) {
    this.ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
    addFormats.default(this.ajv);
    this.ajv.addKeyword('example');
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...(operation as unknown as Omit<Operation, 'path' | 'method' | 'roles'>),
        parameters: (operation.parameters ?? []) as Operation['parameters'],
        path,
        method,
        roles: (operation['x-roles'] as string[] | undefined) ?? null,
      })),
    );
  }

  get expectedAnswers(): ExpectedAnswer[] {
    return this.operations.flatMap((operation) =>
      Object.entries(operation.responses).flatMap(([status, { content }]) => {
        const examples = content?.['application/problem+json']?.examples ?? { '': null };
        return Object.keys(examples).map((code) => ({ operation, status, code: code || null }));
      }),
    );
  }

  /** What is wrong with a value; empty when nothing is. */
  faultsOf(value: unknown, schema: unknown): string[] {
    const validate = this.compile(schema as Json);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) =>
      `${instancePath || '/'} ${message ?? ''} ${JSON.stringify(params)}`.trim(),
    );
  }

  /** What is not as the document has it: status, headers, content type and body. */
  faultsOfAnswer({ status, headers, text }: SeenAnswer, operation: Operation): string[] {
    const documented = operation.responses[String(status)];
    if (!documented) return [`${status} is not documented`];
    const faults = Object.entries(documented.headers ?? {}).flatMap(([name, { required, schema }]) => {
      const value = headers.get(name);
      if (value === null) return required ? [`the header ${name} is missing`] : [];
      return this.faultsOf(schema.type === 'integer' ? Number(value) : value, schema);
    });
    if (!documented.content) return text === '' ? faults : [...faults, `there is a body: ${text}`];
    const type = (headers.get('content-type') ?? 'none').split(';')[0]!;
    const media = documented.content[type];
    if (!media) return [...faults, `the content type ${type} is not documented`];
    const body: unknown = type.endsWith('json') ? JSON.parse(text) : text;
    return [...faults, ...this.faultsOf(body, media.schema)];
  }

  /** With the document's schemas where a schema by itself has its definitions. */
  private compile(schema: Json): ValidateFunction {
    const { schemas } = this.document.components;
    const whole = JSON.stringify({ ...schema, $defs: schemas }).replaceAll(
      '"#/components/schemas/',
      '"#/$defs/',
    );
    const known = this.compiled.get(whole) ?? this.ajv.compile(JSON.parse(whole) as AnySchema);
    this.compiled.set(whole, known);
    return known;
  }
}
