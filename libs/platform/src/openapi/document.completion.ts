import type { ProblemTable } from '../problems/problem.interface.ts';
import { DOCUMENT_PATHS } from './document.paths.ts';
import {
  type Document,
  type Operation,
  OPERATIONS_TAG,
  PROBLEM_CODES,
  type Schema,
} from './document.interface.ts';
import { exampleOf } from './example.ts';
import { ProblemAnswers } from './problem.answers.ts';

const ETAG = {
  description: 'Of this body',
  required: true,
  schema: { type: 'string', pattern: '^"[^"]+"$' },
};
const READ_CACHING = {
  description: 'Ask before it is used again',
  required: true,
  schema: { type: 'string' },
};
const IF_NONE_MATCH = {
  in: 'header',
  name: 'If-None-Match',
  required: false,
  description: 'ETags of bodies that are known already, or `*`',
  schema: { type: 'string', examples: ['"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"'] },
};

/**
 * Adds what the platform does to every route, whoever wrote it: the refusals with their texts and statuses from the table,
 * ETags, examples, and that nothing else is ever in an answer.
 */
export function completeDocument(document: Document, table: ProblemTable): void {
  const problems = new ProblemAnswers(table, document.components.schemas);
  Object.assign(document.paths, DOCUMENT_PATHS);
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      if (operation.tags?.includes(OPERATIONS_TAG)) operation.security = [];
      else completeOperation(operation, method, path, problems);
      allowNoBody(operation, document.components.schemas);
      giveExamples(operation, document.components.schemas);
    }
  }
  document.components.schemas = referredTo(document.paths, {
    ...document.components.schemas,
    ...problems.schemas,
  });
  for (const schema of Object.values(document.components.schemas)) {
    if (schema.type === 'object') schema.additionalProperties ??= false;
  }
}

/** The scan also finds the payloads of messages, which are no part of the HTTP interface. */
function referredTo(paths: Document['paths'], schemas: Record<string, Schema>): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const pending: unknown[] = [paths];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const [, name = ''] of JSON.stringify(next).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      const schema = schemas[name];
      if (schema === undefined || name in found) continue;
      found[name] = schema;
      pending.push(schema);
    }
  }
  return found;
}

function completeOperation(
  operation: Operation,
  method: string,
  path: string,
  problems: ProblemAnswers,
): void {
  const { [PROBLEM_CODES]: own = [] } = operation;
  const codes = [...own, ...commonCodes(operation, method)];
  const instance = path.replace('{id}', String(exampleOf({ type: 'string', format: 'uuid' }, {})));
  if (method === 'get') completeRead(operation);
  Object.assign(operation.responses, problems.answersTo(codes, instance), {
    default: problems.answer(['INTERNAL_ERROR'], instance),
  });
  Reflect.deleteProperty(operation, PROBLEM_CODES); // the answers are in its place
}

function commonCodes({ parameters = [], requestBody }: Operation, method: string): string[] {
  const takesInput = requestBody !== undefined || parameters.some((parameter) => parameter.in === 'query');
  return [
    ...(takesInput ? ['VALIDATION_FAILED'] : []),
    'UNAUTHENTICATED',
    ...(method === 'get' ? [] : ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']),
    'RATE_LIMITED',
    'DEPENDENCY_UNAVAILABLE',
  ];
}

/** Only JSON is tagged: a stream of events has no body that could be compared. */
function completeRead(operation: Operation): void {
  const found = operation.responses['200'];
  if (!found?.content?.['application/json']) return;
  found.headers = { ...found.headers, ETag: ETAG, 'Cache-Control': READ_CACHING };
  operation.parameters = [...(operation.parameters ?? []), IF_NONE_MATCH];
  operation.responses['304'] = {
    description: 'The body is one of those that are known',
    headers: { ETag: ETAG, 'Cache-Control': READ_CACHING },
  };
}

/** A body without a field that is needed may be left out. */
function allowNoBody({ requestBody }: Operation, schemas: Readonly<Record<string, Schema>>): void {
  const name = requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1);
  if (requestBody && name !== undefined) requestBody.required = schemas[name]?.required !== undefined;
}

function giveExamples(operation: Operation, schemas: Readonly<Record<string, Schema>>): void {
  for (const { content = {} } of [operation.requestBody ?? {}, ...Object.values(operation.responses)]) {
    const json = (content as Operation['responses'][string]['content'])?.['application/json'];
    if (json && !('examples' in json)) json.example ??= exampleOf(json.schema, schemas);
  }
}
