export { sitesRoutes } from './routes.ts';
export { createSites, type Sites } from './sites.ts';
