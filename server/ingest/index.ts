export { ingestRoutes, type IngestDeps } from './routes.ts';
