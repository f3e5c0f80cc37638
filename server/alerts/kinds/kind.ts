import type { AlertFacts, AlertKind, AlertMessage, AnyEvent, EventType, Rating, RuleParams, Severity } from '../../../contract/index.ts';

/** A press or a sight older than this is history: the visitor has left, so nobody is called. */
export const FRESH_MS = 30 * 60_000;
/** How far ahead of the hub's clock a live event may be: what the door lets in. */
export const AHEAD_MS = 2 * 60_000;

/** A negative press that a message or an explanation names. */
export interface Press { id: string; offset: number; at: number; device: string; touchpoint: string | null; rating: Rating }

/**
 * Something calls for an alert, or adds to one. `part` names what it is within the rule (a press, a device, an episode):
 * a part is counted once, and a card whose every part is over is over itself.
 */
export interface Raise {
  do: 'raise'; part: string; source: string; at: number; touchpoint: string | null; device?: string;
  /** Alerts about different causes stay apart; null is a cause as well. */
  cause?: string | null;
  /** Never joins others, nor do others join it: somebody asks for somebody. */
  alone?: boolean;
  severity?: Severity; rating?: Rating; message?: AlertMessage; facts?: AlertFacts;
}
/** More is known of a part: words, a reason. `urgent` gives it a card of its own. Without a card and not urgent, nothing. */
export interface More { do: 'more'; part: string; source: string; at: number; touchpoint: string | null; device?: string; urgent: boolean; rating?: Rating; message?: AlertMessage }
/** The numbers of a live card have changed enough to be told. */
export interface Update { do: 'update'; part: string; source: string; at: number; facts?: AlertFacts; severity?: Severity }
/** What was raised has recovered. `taken`: also when somebody has it in hand already. */
export interface Clear { do: 'clear'; part: string; source: string; taken: boolean }
export type Wish = Raise | More | Update | Clear;

/** What a kind is told beside the event. */
export interface Scene<P> {
  params: P;
  /** The rule's own place. */
  place: { zone: string | null; touchpoint: string | null };
  /** Whether a card for this part is not over, as far as is known. */
  isLive(part: string): boolean;
  /** Ratings usual at the event's touchpoint at this hour, and negative ones among them; and its usual mood. */
  usualRatings(): { n: number; k: number };
  usualMood(): { mood: number; faces: number } | undefined;
  /** The start of the site's day that holds this moment, epoch ms. */
  dayStart(at: number): number;
  /** The press that the event names by its rating, if it is known. */
  press(): Press | undefined;
}

export interface Step<S> { state: S; wishes: readonly Wish[] }

/** One kind of alert. Pure: `step` changes nothing it is given; states are plain JSON and bounded. */
export interface Kind<K extends AlertKind, S> {
  types: readonly EventType[];
  /** `place`: one rule, the nearest, answers for an event. `rule`: every rule counts all events of its place by itself. */
  by: 'place' | 'rule';
  /** Counts on while the rule's hours are over or the device is muted, for what it counts would be wrong without. */
  counts?: true;
  /** Whether an event is due at once. */
  isPrompt(event: AnyEvent): boolean;
  /** Which state the event belongs to; null: none, it is none of this kind's business. */
  key(event: AnyEvent): string | null;
  /** `state` undefined is a place never heard of. `now` by the hub's clock, epoch ms. */
  step(state: S | undefined, event: AnyEvent, now: number, scene: Scene<RuleParams<K>>): Step<S | undefined>;
}

/** A kind as the watch knows it: any state, any parameters. */
export interface AnyKind extends Omit<Kind<AlertKind, unknown>, 'step'> {
  step(state: unknown, event: AnyEvent, now: number, scene: Scene<unknown>): Step<unknown>;
}
export const defineKind = <K extends AlertKind, S>(kind: Kind<K, S>): AnyKind => kind as unknown as AnyKind;

export const NOTHING: readonly Wish[] = [];
/** Whether what happened `at` can still be acted upon, by a hub's clock that shows `now`. */
export const isFresh = (at: number, now: number): boolean => at <= now + AHEAD_MS && now - at <= FRESH_MS;
