import type { Rule } from '../../../contract/alerts.ts';
import { paramsOf } from './fields.ts';

/** What to try with a rule that people often call false. `value` is what to set, where there is a number. */
export type Advice =
  | { do: 'worst_only' | 'calmer' | 'when_rising' | 'narrow' }
  | { do: 'more_ratings' | 'longer_run' | 'more_people' | 'longer'; value: number }
  | { do: 'larger_drop'; value: number }
  | { do: 'lower_plan'; value: number };

/** The first step that makes a rule of its kind quieter. Pure. */
export function advice({ kind, params }: Pick<Rule, 'kind' | 'params'>): Advice {
  const known = paramsOf(kind, params);
  const number = (name: string) => Number(known[name]);
  switch (kind) {
    case 'feedback.negative': return known['faces'] === 'negative' ? { do: 'worst_only' } : { do: 'narrow' };
    case 'feedback.rate': return known['sensitivity'] === 'calm' ? { do: 'more_ratings', value: Math.min(50, number('minimum') + 2) } : { do: 'calmer' };
    case 'feedback.run': return { do: 'longer_run', value: Math.min(50, number('count') + 1) };
    case 'feedback.praise': return { do: 'more_ratings', value: Math.min(500, Math.ceil(number('count') * 1.5)) };
    case 'emotion.episode': return known['from'] === 'opened' ? { do: 'when_rising' } : { do: 'narrow' };
    case 'emotion.mood': return { do: 'larger_drop', value: Math.min(1, Math.round((number('drop') + 0.1) * 100) / 100) };
    case 'traffic.crowd': return { do: 'more_people', value: Math.ceil(number('people') * 1.2) };
    case 'sales.conversion': case 'staff.consultations': return { do: 'lower_plan', value: Math.max(0.01, Math.round(number('plan') * 80) / 100) };
    case 'staff.idle': return { do: 'longer', value: Math.min(120, number('minutes') + 5) };
    case 'device.silent': case 'device.battery': case 'camera.frozen': case 'camera.stopped': case 'duty.unreachable': return { do: 'narrow' };
  }
}
