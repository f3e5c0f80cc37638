import { MINUTE } from '../../../contract/index.ts';
import { defineKind, isFresh, NOTHING } from './kind.ts';
import { countsPeople, inside, INSIDE_TYPES, type Inside } from './inside.ts';

/** `since`: from when on people waited without a consultation; null while too few are inside. */
export interface IdleState extends Inside { since: number | null }

/** People are inside and nobody talks to them. Looked at whenever anything happens at the place. */
export const staffIdle = defineKind<'staff.idle', IdleState>({
  types: [...INSIDE_TYPES, 'consultation.counted', 'feedback.rated'], by: 'rule', counts: true,
  isPrompt: () => false,
  key: () => '',
  step(state, event, now, scene) {
    const { minutes, people: least } = scene.params;
    const today = scene.dayStart(now);
    const counted: Inside = countsPeople(event) ? inside(state, event, scene.dayStart(event.at), today) : state?.day === today ? state : { day: today, people: 0 };
    const crowded = counted.people >= least;
    const before = state?.day === today ? state.since : null;
    // A clock that was set back would otherwise make everybody wait for it.
    const waiting = before === null || before > now + MINUTE ? event.at : before;
    const since = !crowded ? null : event.type === 'consultation.counted' ? Math.max(waiting, event.at) : waiting;
    const next = { day: counted.day, people: counted.people, ...(counted.owed === undefined ? {} : { owed: counted.owed }), since };
    const live = scene.isLive('');
    if (live) return { state: next, wishes: !crowded || event.type === 'consultation.counted' ? [{ do: 'clear', part: '', source: event.id, taken: true }] : NOTHING };
    if (since === null || !isFresh(event.at, now) || event.at - since < minutes * MINUTE) return { state: next, wishes: NOTHING };
    const facts = { people: counted.people, minutes: Math.floor((event.at - since) / MINUTE) };
    return { state: next, wishes: [{ do: 'raise', part: '', source: event.id, at: event.at, touchpoint: scene.place.touchpoint, facts }] };
  },
});
