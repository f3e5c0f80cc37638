export { createAudit, type Audit, type AuditActor } from './audit.ts';
export { auditRoutes } from './routes.ts';
