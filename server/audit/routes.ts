import { Type } from 'typebox';
import { AuditEntry } from '../../contract/index.ts';
import { demandEverywhere, principalOf, type Auth } from '../core/auth/index.ts';
import type { HttpApp } from '../core/http/index.ts';
import type { Audit } from './audit.ts';

const Query = Type.Object({
  before: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
}, { additionalProperties: false });

export function auditRoutes(app: HttpApp, { auth, audit }: { auth: Auth; audit: Audit }): void {
  app.get('/api/v1/audit', {
    onRequest: auth.requirePermission('audit.read'),
    schema: { tags: ['audit'], summary: 'Changes, newest first', security: [{ session: [] }], querystring: Query, response: { 200: Type.Object({ entries: Type.Array(AuditEntry) }) } },
  }, async (request) => {
    demandEverywhere(principalOf(request), 'audit.read');
    return { entries: await audit.list(request.query.limit ?? 100, request.query.before) };
  });
}
