import type { OpenAPIObject } from '@nestjs/swagger';

/** What the document says of the service as a whole. @publicApi */
export interface ApiInfo {
  readonly title: string;
  /** Of the interface, not of the build: the major one is that of the paths. @example '1.0.0' */
  readonly version: string;
  readonly description: string;
}

/** Token of the {@link ApiInfo}. */
export const API_INFO = Symbol('API_INFO');

/** The tag of what is for those who run the service: no token is asked for, and no problem of a use case is answered. */
export const OPERATIONS_TAG = 'operations';

/**
 * The extension in which a route names the codes that its handler may refuse with. The document has their answers in its
 * place: only the platform knows how a code is answered.
 */
export const PROBLEM_CODES = 'x-problem-codes';

type Json = Record<string, unknown>;

/** As much of a JSON Schema as is read or written here. */
export interface Schema extends Json {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

export interface MediaType extends Json {
  schema: Schema;
  example?: unknown;
}

export interface Answer extends Json {
  description: string;
  headers?: Record<string, Json>;
  content?: Record<string, MediaType>;
}

export interface Operation extends Json {
  tags?: string[];
  security?: Json[];
  parameters?: { readonly in: string; readonly name: string }[];
  requestBody?: { required?: boolean; content: Record<string, MediaType> };
  responses: Record<string, Answer>;
  [PROBLEM_CODES]?: string[];
}

/** The part of an OpenAPI document that is written here. */
export interface Document extends Omit<OpenAPIObject, 'paths' | 'components'> {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}
