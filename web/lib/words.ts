import type { AlertKind, AlertState, Cause, Outcome, Severity, Tone } from '../../contract/alert-words.ts';
import type { DeviceKind } from '../../contract/events.ts';
import type { Role } from '../../contract/people.ts';
import { ratingClass } from '../../contract/rating.ts';
import { m } from './paraglide/messages.js';

/** The contract's terms in the words of the floor. The records are complete by type: a new term does not compile unnamed. */

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

export const OUTCOME_WORDS: Record<Outcome, () => string> = {
  helped: m.outcome_helped,
  left: m.outcome_left,
  not_found: m.outcome_not_found,
  nobody_there: m.outcome_nobody_there,
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
  'duty.unreachable': m.kind_duty_unreachable,
};

export const SEVERITY_WORDS: Record<Severity, () => string> = {
  urgent: m.severity_urgent,
  high: m.severity_high,
  medium: m.severity_medium,
  low: m.severity_low,
};

export const TONE_WORDS: Record<Tone, () => string> = {
  visitor: m.tone_visitor,
  trend: m.tone_trend,
  crowd: m.tone_crowd,
  equipment: m.tone_equipment,
  duty: m.tone_duty,
  praise: m.tone_praise,
};

export const STATE_WORDS: Record<AlertState, () => string> = {
  open: m.alert_state_open,
  claimed: m.alert_state_claimed,
  on_the_way: m.alert_state_on_the_way,
  resolved: m.alert_state_resolved,
  unreachable: m.alert_state_unreachable,
  false: m.alert_state_false,
  expired: m.alert_state_expired,
  cleared: m.alert_state_cleared,
};

export const DEVICE_WORDS: Record<DeviceKind, () => string> = {
  button: m.device_button,
  terminal: m.device_terminal,
  counter: m.device_counter,
  till: m.device_till,
  phone: m.device_phone,
  camera: m.device_camera,
  vision: m.device_vision,
};

export const ROLE_WORDS: Record<Role, () => string> = {
  administrator: m.role_administrator,
  supervisor: m.role_supervisor,
  floor: m.role_floor,
  analyst: m.role_analyst,
  wall: m.role_wall,
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
