import { OPERATIONS_TAG, type Document } from './document.interface.ts';

/** The routes of the document itself, which no controller has. */
export const DOCUMENT_PATHS: Document['paths'] = {
  '/docs': {
    get: {
      operationId: 'showDocument',
      summary: 'This document as a page',
      tags: [OPERATIONS_TAG],
      responses: {
        '200': { description: 'A page', content: { 'text/html': { schema: { type: 'string' } } } },
      },
    },
  },
  '/docs-json': {
    get: {
      operationId: 'getDocument',
      summary: 'This document',
      tags: [OPERATIONS_TAG],
      responses: {
        '200': {
          description: 'OpenAPI 3.1',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: {
                  openapi: { type: 'string', pattern: '^3\\.1\\.' },
                  info: { type: 'object' },
                  paths: { type: 'object' },
                },
                required: ['openapi', 'info', 'paths'],
              },
              example: { openapi: '3.1.0', info: { title: '…', version: '…' }, paths: {} },
            },
          },
        },
      },
    },
  },
};
