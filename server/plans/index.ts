export { createPlans, type Plans } from './plans.ts';
export { plansRoutes } from './routes.ts';
