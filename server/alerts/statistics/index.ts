export { percentile, wilson, type ShareInterval } from '../../../contract/statistics.ts';
export { expectedShare, type Baseline } from './baseline.ts';
export { expectedFalsePerDay, type UsualHour } from './false-alerts.ts';
export { emptyRate, stepRate, SILENCE, type RateAlarm, type RateSettings, type RateState, type RateStep, type Sensitivity } from './rate.ts';
