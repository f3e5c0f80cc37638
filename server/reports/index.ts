export { reportsRoutes, type ReportsDeps } from './routes.ts';
