import { formatMoment } from '../format.ts';
import { m } from '../paraglide/messages.js';

/** "As of 14:02, 3 min ago". */
export function agoText(at: number, now: number, timezone: string, locale: string): string {
  const seconds = Math.max(0, Math.floor((now - at) / 1000));
  const ago = seconds < 60 ? m.ago_seconds({ count: seconds }) : seconds < 3600 ? m.ago_minutes({ count: Math.floor(seconds / 60) }) : m.ago_hours({ count: Math.floor(seconds / 3600) });
  return m.floor_offline_since({ time: formatMoment(at, timezone, locale, now), ago });
}
