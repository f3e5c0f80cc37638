import { Type, type Static, type TSchema } from 'typebox';
import { Id } from './ids.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });
const Count = Type.Integer({ minimum: 0 });

/** `POST /api/v1/sites/:site/traffic/import`, text/csv. */
export const TrafficImported = object({
  /** Rows that are on disk now, and rows that were there already. */
  taken: Count, repeated: Count, refused: Count,
  /** The first refused rows; `line` counts from 1, the heading. */
  problems: Type.Array(object({ line: Type.Integer({ minimum: 1 }), message: Type.String() }), { maxItems: 100 }),
});
export type TrafficImported = Static<typeof TrafficImported>;

/** One day of the site's clocks. `day` as 2026-05-04. */
export const TrafficDay = object({
  day: Type.String(), in: Count, out: Count,
  /** People who went out though nobody was inside. */
  drift: Count,
  /** People who, by the counters, were still inside when the day ended, or are now. */
  left: Count,
});
export type TrafficDay = Static<typeof TrafficDay>;
export const COUNTER_ADVICE = ['more_in', 'more_out'] as const;
/** How well a place's counters agree with themselves: everybody who comes in goes out again. */
export const CounterHealth = object({
  /** Null for the site as a whole. */
  zone: Type.Union([Id, Type.Null()]),
  /** Oldest first, today last. */
  days: Type.Array(TrafficDay),
  /** Steadily more people are counted one way than the other: the counter misses some, or the line is badly placed. */
  advice: Type.Union([Type.Enum([...COUNTER_ADVICE]), Type.Null()]),
  /** Mean of (in − out) / (in + out) over the days that the advice rests on; null without enough of them. */
  imbalance: Type.Union([Type.Number({ minimum: -1, maximum: 1 }), Type.Null()]),
});
export type CounterHealth = Static<typeof CounterHealth>;
export const TrafficHealth = object({ places: Type.Array(CounterHealth) });
export type TrafficHealth = Static<typeof TrafficHealth>;

/** `elsewhere`: another hub of the installation listens. */
export const BrokerStatus = object({
  state: Type.Enum(['off', 'connecting', 'connected', 'elsewhere']),
  /** Since this hub began to listen. */
  taken: Count, repeated: Count, refused: Count,
  lastProblem: Type.Union([Type.String(), Type.Null()]),
});
export type BrokerStatus = Static<typeof BrokerStatus>;
