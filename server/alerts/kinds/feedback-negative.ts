import { ratingClass, type AlertMessage, type AnyEvent, type BodyOf, type Rating, type RatingClass } from '../../../contract/index.ts';
import { defineKind, FRESH_MS, isFresh, NOTHING, type Scene, type Step, type Wish } from './kind.ts';

/** Words that came before their press wait so long for it. */
export const EARLY_MS = 60_000;
const EARLY_MOST = 50;

/** What was said of a press that is not known yet. */
interface Early { press: string; at: number; message?: AlertMessage; factor?: string }
export interface NegativeState { early: Early[] }
type Params = { faces: 'lowest' | 'negative' };
type Result = Step<NegativeState | undefined>;

const isNegative = (of: RatingClass): boolean => of === 'lowest' || of === 'negative';
export const isNegativeRating = ({ value, scale }: Rating): boolean => isNegative(ratingClass(value, scale));

export function messageOf(body: BodyOf<'feedback.messaged'>): AlertMessage {
  return { text: body.text ?? null, contact: body.contact ?? null, voice: body.voice ?? null, photo: body.photo ?? null };
}
/** What was said first stays, what is new is added. */
export function mergedMessage(before: AlertMessage | null | undefined, more: AlertMessage): AlertMessage {
  if (!before) return more;
  return { text: joined(before.text, more.text), contact: more.contact ?? before.contact, voice: more.voice ?? before.voice, photo: more.photo ?? before.photo };
}
function joined(before: string | null, more: string | null): string | null {
  if (before === null || more === null || before === more) return before ?? more;
  return `${before}\n${more}`.slice(0, 2000);
}
/** Somebody took the trouble of words: a photo alone only shows what the press says. */
const calls = ({ text, contact, voice }: AlertMessage): boolean => text !== null || contact !== null || voice !== null;

function rated(state: NegativeState | undefined, event: AnyEvent<'feedback.rated'>, params: Params): Result {
  const of = ratingClass(event.body.value, event.body.scale);
  const waiting = state?.early.filter(({ press }) => press === event.id) ?? [];
  const left = waiting.length === 0 ? state : { early: state!.early.filter(({ press }) => press !== event.id) };
  if (!isNegative(of)) return { state: left, wishes: NOTHING };
  const message = waiting.reduce<AlertMessage | undefined>((before, { message: more }) => (more ? mergedMessage(before, more) : before), undefined);
  const factor = event.body.factor ?? waiting.findLast((one) => one.factor !== undefined)?.factor;
  const alone = message !== undefined && calls(message);
  if (!alone && params.faces === 'lowest' && of !== 'lowest') return { state: left, wishes: NOTHING };
  const wish: Wish = {
    do: 'raise', part: event.id, source: event.id, at: event.at, touchpoint: event.touchpoint, cause: factor ?? null,
    rating: { ...event.body, ...(factor === undefined ? {} : { factor }) }, ...(message ? { message } : {}), ...(alone ? { alone, severity: 'urgent' } : {}),
  };
  return { state: left, wishes: [wish] };
}

function messaged(state: NegativeState | undefined, event: AnyEvent<'feedback.messaged'>, now: number, scene: Scene<Params>): Result {
  const { rating } = event.body;
  const message = messageOf(event.body);
  const { id: source, at, touchpoint } = event;
  // Somebody asks to be called: nobody waits for a press that may never come.
  const wanted = { state, wishes: [{ do: 'raise' as const, part: rating ?? source, source, at, touchpoint, message, alone: true, severity: 'urgent' as const }] };
  if (rating === undefined) return message.contact === null ? { state, wishes: NOTHING } : wanted;
  const press = scene.press();
  if (!press) return message.contact === null ? { state: withEarly(state, { press: rating, at: now, message }, now), wishes: NOTHING } : wanted;
  if (!isNegativeRating(press.rating) || (at - press.at > FRESH_MS && message.contact === null)) return { state, wishes: NOTHING };
  return { state, wishes: [{ do: 'more', part: rating, source, at: press.at, touchpoint: press.touchpoint, urgent: calls(message), rating: press.rating, message }] };
}

function explained(state: NegativeState | undefined, event: AnyEvent<'feedback.explained'>, now: number, scene: Scene<Params>): Result {
  const { rating, factor } = event.body;
  const press = scene.press();
  if (!press) return { state: withEarly(state, { press: rating, at: now, factor }, now), wishes: NOTHING };
  if (!isNegativeRating(press.rating) || event.at - press.at > FRESH_MS) return { state, wishes: NOTHING };
  return { state, wishes: [{ do: 'more', part: rating, source: event.id, at: press.at, touchpoint: press.touchpoint, urgent: false, rating: { ...press.rating, factor } }] };
}

function withEarly(state: NegativeState | undefined, one: Early, now: number): NegativeState {
  const kept = (state?.early ?? []).filter(({ at }) => Math.abs(now - at) <= EARLY_MS);
  return { early: [...kept, one].slice(-EARLY_MOST) };
}

/** The single press: catch this visitor. Words, a contact or a voice make it urgent and a card of its own. */
export const feedbackNegative = defineKind<'feedback.negative', NegativeState>({
  types: ['feedback.rated', 'feedback.messaged', 'feedback.explained'], by: 'place',
  isPrompt: (event) => event.type !== 'feedback.rated' || isNegativeRating(event.body),
  key: (event) => event.touchpoint ?? '',
  step(state, event, now, scene) {
    if (!isFresh(event.at, now)) return { state, wishes: NOTHING };
    if (event.type === 'feedback.rated') return rated(state, event, scene.params);
    if (event.type === 'feedback.messaged') return messaged(state, event, now, scene);
    return event.type === 'feedback.explained' ? explained(state, event, now, scene) : { state, wishes: NOTHING };
  },
});
