export { liveRoutes, refuseUpgrade, type LiveDeps } from './routes.ts';
export { registerViews, type ViewSources } from './views.ts';
