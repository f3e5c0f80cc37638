import { defineKind, NOTHING, type Wish } from './kind.ts';
import { countsPeople, inside, INSIDE_TYPES, type Inside } from './inside.ts';

/** `told`: how many the card says. */
export interface CrowdState extends Inside { told: number }

const CLEAR_BELOW = 0.9;
const TELL_ABOVE = 1.1;

/** More people inside than the place can serve. Over below nine tenths of the limit. */
export const trafficCrowd = defineKind<'traffic.crowd', CrowdState>({
  types: INSIDE_TYPES, by: 'rule', counts: true,
  isPrompt: () => false,
  key: () => '',
  step(state, event, now, scene) {
    if (!countsPeople(event)) return { state, wishes: NOTHING };
    const counted = inside(state, event, scene.dayStart(event.at), scene.dayStart(now));
    const { people } = counted;
    const limit = scene.params.people;
    const told = state?.told ?? 0;
    const by = { part: '', source: event.id };
    const wish = (): { told: number; wishes: readonly Wish[] } => {
      if (!scene.isLive('')) return people >= limit ? { told: people, wishes: [{ do: 'raise', ...by, at: event.at, touchpoint: scene.place.touchpoint, facts: { people } }] } : { told: 0, wishes: NOTHING };
      if (people < limit * CLEAR_BELOW) return { told: 0, wishes: [{ do: 'clear', ...by, taken: true }] };
      if (people >= told * TELL_ABOVE) return { told: people, wishes: [{ do: 'update', ...by, at: event.at, facts: { people } }] };
      return { told, wishes: NOTHING };
    };
    const { told: next, wishes } = wish();
    return { state: { ...counted, told: next }, wishes };
  },
});
