export { DAY, HOUR, hourOf, markOf, marksOf, sameHours, USUAL_DAYS, type Mark, type RatingCounts } from './rules.ts';
export { createMetrics, type MeasureMinute, type Metrics, type RatingHour, type UsualMood, type UsualRatings } from './metrics.ts';
