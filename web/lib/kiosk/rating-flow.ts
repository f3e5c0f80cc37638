import { ratingClass } from '../../../contract/rating.ts';

/** Faces of the kiosk: 4 is the best, 1 the worst. */
export const SCALE = 4;
export const FACES = [4, 3, 2, 1] as const;
export type Face = (typeof FACES)[number];

/** Reasons that a visitor may name, in the order in which they are offered. */
export const FACTORS = ['queue', 'staff', 'goods', 'price', 'other'] as const;
export type Factor = (typeof FACTORS)[number];

export const TIMES = {
  /** A second input within this time is a bounce of the same finger. */
  debounceMs: 300,
  thanksMs: 1_800,
  /** How long the question for a reason stands when nobody answers. */
  followUpMs: 8_000,
  /** Spare time of a held press above `followUpMs`, so that it is the page that lets it go, not the clock. */
  holdSpareMs: 2_000,
} as const;

/** What the visitor sees. `rating` is the id of the press that the screen speaks of. */
export type Screen =
  | { at: 'ready' }
  | { at: 'why'; rating: string; face: Face }
  | { at: 'thanks'; face: Face };

/** What has to be done about the press. */
export type Deed =
  /** Store this press; `held` until a reason comes or does not. */
  | { do: 'rate'; rating: string; face: Face; held: boolean }
  /** Let the held press go, with the reason if one was named. */
  | { do: 'release'; rating: string; face: Face; factor: Factor | null }
  /** The press is on its way already, so the reason follows it. */
  | { do: 'explain'; rating: string; factor: Factor };

export type Input =
  | { was: 'press'; face: Face; rating: string }
  | { was: 'factor'; factor: Factor }
  | { was: 'skip' }
  | { was: 'timeout' };

export interface Flow { screen: Screen; /** Monotonic ms of the last input that counted. */ touchedAt: number }
export const IDLE: Flow = { screen: { at: 'ready' }, touchedAt: Number.NEGATIVE_INFINITY };

/**
 * One step of the button. Pure; `now` is monotonic ms. The worst face is sent at once, because somebody should come
 * while the visitor is still there, and its reason follows as a message; the other negative face waits for its reason
 * to be part of the same event. Inputs within 300 ms of the last one, and inputs that do not fit the screen, are dropped.
 */
export function step(flow: Flow, input: Input, now: number): { flow: Flow; deed: Deed | null } {
  const { screen } = flow;
  if (input.was === 'timeout') return timeOut(flow);
  if (now - flow.touchedAt < TIMES.debounceMs) return { flow, deed: null };
  if (input.was === 'press') {
    if (screen.at !== 'ready') return { flow, deed: null };
    const kind = ratingClass(input.face, SCALE);
    const asks = kind === 'lowest' || kind === 'negative';
    return {
      flow: { screen: asks ? { at: 'why', rating: input.rating, face: input.face } : { at: 'thanks', face: input.face }, touchedAt: now },
      deed: { do: 'rate', rating: input.rating, face: input.face, held: kind === 'negative' },
    };
  }
  if (screen.at !== 'why') return { flow, deed: null };
  return { flow: { screen: { at: 'thanks', face: screen.face }, touchedAt: now }, deed: answer(screen, input.was === 'factor' ? input.factor : null) };
}

function timeOut(flow: Flow): { flow: Flow; deed: Deed | null } {
  const { screen } = flow;
  const ready: Flow = { screen: { at: 'ready' }, touchedAt: flow.touchedAt };
  // Nobody stands here any more, so nobody has to be thanked twice.
  return { flow: ready, deed: screen.at === 'why' ? answer(screen, null) : null };
}

function answer(screen: Screen & { at: 'why' }, factor: Factor | null): Deed | null {
  if (ratingClass(screen.face, SCALE) === 'negative') return { do: 'release', rating: screen.rating, face: screen.face, factor };
  return factor === null ? null : { do: 'explain', rating: screen.rating, factor };
}

/** After how many ms the screen goes on by itself; null when it waits for the next visitor. */
export function lifetimeMs(screen: Screen): number | null {
  return screen.at === 'ready' ? null : screen.at === 'why' ? TIMES.followUpMs : TIMES.thanksMs;
}
