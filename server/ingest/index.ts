export { isRefusal, judge, type Sender } from './rules.ts';
export { ingestRoutes, type IngestDeps } from './routes.ts';
