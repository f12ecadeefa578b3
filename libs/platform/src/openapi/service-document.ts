import { type INestApplication, type RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { PROBLEM_TABLE } from '../problems/problem.constants.ts';
import type { ProblemTable } from '../problems/problem.interface.ts';
import { API_INFO, type ApiInfo, type Document } from './document.interface.ts';
import { completeDocument } from './document.completion.ts';
import { describeInput } from './input.schema.ts';

/**
 * Serves the OpenAPI document of the application under `/docs-json` and a page for it under `/docs`, both without a token
 * and from this server alone. The document is made at the first request for it, from the code, and asks no dependency.
 */
export function serveDocument(app: INestApplication): void {
  const { title } = app.get<ApiInfo>(API_INFO);
  let document: OpenAPIObject | undefined;
  SwaggerModule.setup('docs', app, () => (document ??= createDocument(app)), {
    jsonDocumentUrl: 'docs-json',
    raw: ['json'],
    customSiteTitle: title,
    // The validator would be on somebody else's host.
    swaggerOptions: { persistAuthorization: true, validatorUrl: null },
  });
}

function createDocument(app: INestApplication): OpenAPIObject {
  const { title, version, description } = app.get<ApiInfo>(API_INFO);
  for (const Dto of listInputs(app)) describeInput(Dto);
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(title)
    .setDescription(description)
    .setVersion(version)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer('/')
    .addBearerAuth()
    .build();
  const operationIdFactory = (controller: string, method: string): string =>
    `${method}${controller.replace(/Controller$/, '')}`;
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory }) as unknown as Document;
  completeDocument(document, app.get<ProblemTable>(PROBLEM_TABLE));
  return document;
}

/** The class of every parameter of every HTTP route. */
function listInputs(app: INestApplication): Type[] {
  const scanner = new MetadataScanner();
  const inputs = [...app.get(ModulesContainer).values()]
    .flatMap(({ controllers }) => [...controllers.values()])
    .flatMap(({ metatype }) => {
      const prototype = (metatype as Type).prototype as Record<string, object>;
      return scanner
        .getAllMethodNames(prototype)
        .filter((name) => isRoute(prototype[name]))
        .flatMap((name) => (Reflect.getMetadata('design:paramtypes', prototype, name) ?? []) as Type[]);
    });
  return [...new Set(inputs)];
}

function isRoute(handler: object | undefined): boolean {
  const method = handler && (Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined);
  return method !== undefined;
}
