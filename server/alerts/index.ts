export { alertsReactor } from './reactor.ts';
export { createAlertsRepository, type AlertsRepository } from './repository.ts';
export { alertsRoutes } from './routes.ts';
