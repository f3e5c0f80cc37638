import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { Problem } from '../../../contract/index.ts';
import type { HttpApp } from './app-type.ts';
import { docsPolicy } from './headers.ts';

export const DOCS_PREFIX = '/api/docs';

const PROBLEM_RESPONSE = { description: 'Problem details', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };

/** OpenAPI 3.1 made from the routes' schemas, as JSON at `/api/docs/json` and as pages at `/api/docs`. */
export async function describeApi(app: HttpApp): Promise<void> {
  await app.register(swagger, {
    // Every route can answer with problem details, so no route says so itself.
    transform: ({ schema, url }) => {
      const described = (schema ?? {}) as { response?: object };
      return { schema: { ...described, response: { ...described.response, default: PROBLEM_RESPONSE } }, url };
    },
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Otklik', version: '1', description: 'Live customer feedback: events in, alerts out. Errors are RFC 9457 problem details with a stable `code`.' },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'otklik_session', description: 'A person who signed in' },
          device: { type: 'http', scheme: 'bearer', description: 'A paired device\'s token' },
        },
        schemas: { Problem: structuredClone(Problem) as object },
      },
    },
  });
  await app.register(swaggerUi, {
    routePrefix: DOCS_PREFIX,
    staticCSP: docsPolicy(app.swaggerCSP?.script ?? [], app.swaggerCSP?.style ?? []),
    uiConfig: { docExpansion: 'list', deepLinking: true },
  });
}
