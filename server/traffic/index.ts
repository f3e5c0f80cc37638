export { createBroker, type Broker } from './broker.ts';
export { trafficRoutes } from './routes.ts';
