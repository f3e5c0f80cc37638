import type { AlertState, Outcome, Tone } from '../../contract/alert-words.ts';
import type { DeviceKind } from '../../contract/events.ts';
import type { Role } from '../../contract/people.ts';
import { m } from './paraglide/messages.js';

export * from './alert-terms.ts';

/** The contract's terms in the words of the floor. The records are complete by type: a new term does not compile unnamed. */

export const OUTCOME_WORDS: Record<Outcome, () => string> = {
  helped: m.outcome_helped,
  left: m.outcome_left,
  not_found: m.outcome_not_found,
  nobody_there: m.outcome_nobody_there,
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
