export { alertsReactor, type AlertsReactor } from './reactor.ts';
export { createAlertsRepository, stateAlert, type AlertsRepository, type ReportedAlert } from './repository.ts';
export { alertsRoutes, type AlertsRoutesDeps } from './routes.ts';
export { ruleRoutes, type RuleRoutesDeps } from './rule-routes.ts';
export { createRuleStore, type RuleStore } from './rule-store.ts';
export { DEFAULT_SETTINGS } from './settings.ts';
export { createAlertTimers, type AlertTimers } from './timers.ts';
