import type { Cause, Outcome } from '../../contract/alert-words.ts';
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
  false_alarm: m.cause_false_alarm,
};

export const OUTCOME_WORDS: Record<Outcome, () => string> = {
  helped: m.outcome_helped,
  left: m.outcome_left,
  not_found: m.outcome_not_found,
  nobody_there: m.outcome_nobody_there,
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
