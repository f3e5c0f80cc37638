import { Type, type Static, type TSchema } from 'typebox';
import { EpochMs, Id } from './ids.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });

/** Seconds from the event to the step, over those alerts that came to it; null without any. `n` is how many did. */
export const Percentiles = object({ n: Count, p50: nullable(Type.Number({ minimum: 0 })), p90: nullable(Type.Number({ minimum: 0 })) });
export type Percentiles = Static<typeof Percentiles>;
export const ResponseRow = object({
  /** What the row is about: an id and, for people and shifts, their name then. Null: none (no zone, nobody). */
  key: nullable(Type.String()), name: nullable(Type.String()),
  alerts: Count, seen: Percentiles, claimed: Percentiles, resolved: Percentiles,
  /** Ended by a person; nobody took it; it went away by itself. */
  byPeople: Count, expired: Count, cleared: Count,
});
export type ResponseRow = Static<typeof ResponseRow>;
/** A share with its Wilson interval (95 %); null shares when there is nothing to count. */
export const ShareWithInterval = object({ k: Count, n: Count, share: nullable(Type.Number()), low: nullable(Type.Number()), high: nullable(Type.Number()) });
export type ShareWithInterval = Static<typeof ShareWithInterval>;

/** `GET /api/v1/sites/:site/reports/response?from=…&to=…` */
export const ResponseReport = object({
  from: EpochMs, to: EpochMs,
  total: ResponseRow,
  byShift: Type.Array(ResponseRow), byZone: Type.Array(ResponseRow), byKind: Type.Array(ResponseRow), byPerson: Type.Array(ResponseRow),
  /** Of the alerts about a visitor with an outcome: reached before they left. */
  caught: ShareWithInterval,
  /** Of the alerts that were resolved: after how many one of the same kind came at the same place within an hour. */
  repeats: ShareWithInterval,
  /** Per rule: how many were said to be false. `noisy` when that is so often that the rule should be tuned. */
  rules: Type.Array(object({ rule: Id, kind: Type.String(), name: nullable(Type.String()), falseShare: ShareWithInterval, noisy: Type.Boolean() })),
});
export type ResponseReport = Static<typeof ResponseReport>;
/** Report periods are bounded. */
export const REPORT_MOST_DAYS = 92;
