export { createDuty, type DutyService, type Recipient, type ToldAt } from './duty.ts';
export { dutyRoutes } from './routes.ts';
export { occurrencesBetween, type Occurrence } from './rules.ts';
export type { ReachOf } from './settle.ts';
