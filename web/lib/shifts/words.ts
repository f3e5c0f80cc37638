import type { DutyRole, NewShift, OnDuty } from '../../../contract/duty.ts';
import { m } from '../paraglide/messages.js';
import { clockOf } from '../rules/week.ts';

export const DUTY_ROLE_WORDS: Record<DutyRole, () => string> = { floor: m.duty_role_floor, second: m.duty_role_second, manager: m.duty_role_manager };
export const DUTY_ROLE_HINTS: Record<DutyRole, () => string> = { floor: m.duty_role_floor_hint, second: m.duty_role_second_hint, manager: m.duty_role_manager_hint };
type Reach = OnDuty['reach'][number];
const REACH_WORDS: Record<Reach, () => string> = { console: m.reach_console, push: m.reach_push, email: m.reach_email, telegram: m.reach_telegram };

/** How somebody can be told now: "tablet in sight, push on"; what to do about it when not at all. */
export function reachInWords(reach: readonly Reach[]): string {
  return reach.length === 0 ? m.reach_none() : reach.map((way) => REACH_WORDS[way]()).join(', ');
}

/** `09:00–21:00`; a shift past midnight says so. */
export function hoursInWords({ from, to }: Pick<NewShift, 'from' | 'to'>): string {
  return to > from ? `${clockOf(from)}–${clockOf(to)}` : `${clockOf(from)} ${m.shift_next_day({ time: clockOf(to) })}`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** When a console was last in sight, in words. */
export function seenInWords(seenAt: number | null, now: number): string {
  if (seenAt === null) return m.duty_never_seen();
  const age = now - seenAt;
  if (age < 2 * MINUTE_MS) return m.duty_seen_now();
  return m.duty_seen({ ago: age < HOUR_MS ? m.period_minutes({ count: Math.round(age / MINUTE_MS) }) : m.period_hours({ count: Math.round(age / HOUR_MS) }) });
}
