import type { AnyEvent, EventType } from '../../../contract/index.ts';
import { wilson } from '../../../contract/statistics.ts';
import { defineKind, NOTHING } from './kind.ts';
import { addTo, filled, sumOf, type Bucket } from './window.ts';

/** Buckets of visitors and of those that count. */
export interface ShareState { buckets: Bucket[] }

/** Who came in an hour ago has bought by now; just after opening nobody has. */
const FILLED_LEAST = 0.75;

/**
 * Fewer of the last minutes' visitors than planned, by more than chance: the upper end of the Wilson interval at 95 % lies
 * below the plan. Over when the plan is reached again.
 * @param counts what the event adds to those that count
 */
function shareKind<K extends 'sales.conversion' | 'staff.consultations'>(types: readonly EventType[], counts: (event: AnyEvent) => number) {
  return defineKind<K, ShareState>({
    types: ['traffic.counted', 'traffic.discounted', ...types], by: 'rule', counts: true,
    isPrompt: () => false,
    key: () => '',
    step(state, event, now, scene) {
      const { plan, minutes, visitors: least } = scene.params as { plan: number; minutes: number; visitors: number };
      const buckets = addTo(state?.buckets ?? [], event.at, now, minutes, [event.type === 'traffic.counted' ? event.body.in : event.type === 'traffic.discounted' ? -event.body.in : 0, counts(event)]);
      const next = { buckets };
      const visitors = sumOf(buckets, 0);
      if (visitors < least || filled(buckets, minutes) < FILLED_LEAST) return { state: next, wishes: NOTHING };
      const hits = Math.max(0, sumOf(buckets, 1));
      const share = hits / visitors;
      if (scene.isLive('')) return { state: next, wishes: share >= plan ? [{ do: 'clear', part: '', source: event.id, taken: false }] : NOTHING };
      if (wilson(Math.min(hits, visitors), visitors).high >= plan) return { state: next, wishes: NOTHING };
      return { state: next, wishes: [{ do: 'raise', part: '', source: event.id, at: event.at, touchpoint: scene.place.touchpoint, facts: { n: visitors, k: hits, share, plan, minutes } }] };
    },
  });
}

export const salesConversion = shareKind<'sales.conversion'>(['sale.recorded'], ({ type }) => (type === 'sale.recorded' ? 1 : 0));
export const staffConsultations = shareKind<'staff.consultations'>(['consultation.counted', 'consultation.undone'], ({ type }) => (type === 'consultation.counted' ? 1 : type === 'consultation.undone' ? -1 : 0));
