import { int, nullable, table, text } from '../core/store/table.ts';

/** Floor plans; `zones` and `touchpoints` are JSON of `FloorPlan`. */
export const plansTable = table('plans', {
  site: text(), file: nullable(text()), width: nullable(int()), height: nullable(int()), zones: text(), touchpoints: text(), updatedAt: int(),
}, { primaryKey: ['site'] });
