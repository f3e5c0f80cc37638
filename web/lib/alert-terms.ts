import type { AlertKind, Cause, Severity } from '../../contract/alert-words.ts';
import { ratingClass } from '../../contract/rating.ts';
import { m } from './paraglide/messages.js';

/** The terms that cards and the feed need at once; those that only some pages need stand in words.ts. Complete by type. */

export const CAUSE_WORDS: Record<Cause, () => string> = {
  queue: m.cause_queue,
  staff: m.cause_staff,
  goods: m.cause_goods,
  price: m.cause_price,
  cleanliness: m.cause_cleanliness,
  equipment: m.cause_equipment,
  information: m.cause_information,
  other: m.cause_other,
};

export const KIND_WORDS: Record<AlertKind, () => string> = {
  'feedback.negative': m.kind_feedback_negative,
  'feedback.rate': m.kind_feedback_rate,
  'feedback.run': m.kind_feedback_run,
  'feedback.praise': m.kind_feedback_praise,
  'emotion.episode': m.kind_emotion_episode,
  'emotion.mood': m.kind_emotion_mood,
  'traffic.crowd': m.kind_traffic_crowd,
  'sales.conversion': m.kind_sales_conversion,
  'staff.consultations': m.kind_staff_consultations,
  'staff.idle': m.kind_staff_idle,
  'device.silent': m.kind_device_silent,
  'device.battery': m.kind_device_battery,
  'camera.frozen': m.kind_camera_frozen,
  'camera.stopped': m.kind_camera_stopped,
  'duty.unreachable': m.kind_duty_unreachable,
};

export const SEVERITY_WORDS: Record<Severity, () => string> = {
  urgent: m.severity_urgent,
  high: m.severity_high,
  medium: m.severity_medium,
  low: m.severity_low,
};

/** A rating in one word: the four faces of the button, whatever the scale. */
export function ratingWord(value: number, scale: number): string {
  const rated = ratingClass(value, scale);
  if (rated === 'lowest') return m.rating_lowest();
  if (rated === 'negative') return m.rating_negative();
  if (rated === 'neutral') return m.rating_neutral();
  return value === scale ? m.rating_best() : m.rating_positive();
}

/** A cause that came over the wire as text; the text itself when this version does not know it. */
export function causeWord(cause: string): string {
  return cause in CAUSE_WORDS ? CAUSE_WORDS[cause as Cause]() : m.cause_other();
}

/** A kind of alert that came over the wire as text; plain "alert" when this version does not know it. */
export function kindWord(kind: string): string {
  return kind in KIND_WORDS ? KIND_WORDS[kind as AlertKind]() : m.kind_unknown();
}
