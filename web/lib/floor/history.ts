import { m } from '../paraglide/messages.js';

const STEPS: Record<string, (inputs: { name: string }) => string> = {
  opened: () => m.floor_h_opened(), grown: () => m.floor_h_grown(), seen: m.floor_h_seen, claimed: m.floor_h_claimed, departed: m.floor_h_departed, released: m.floor_h_released,
  snoozed: m.floor_h_snoozed, returned: () => m.floor_h_returned(), escalated: () => m.floor_h_escalated(), noticed: () => m.floor_h_noticed(), resolved: m.floor_h_resolved,
  expired: () => m.floor_h_expired(), cleared: () => m.floor_h_cleared(),
};

/** A step of an alert's history in words; its event's name may come with or without `alert.` before it. */
export function historyText(what: string, by: string | null): string {
  const step = what.replace(/^alert\./, '');
  const text = Object.hasOwn(STEPS, step) ? STEPS[step]?.({ name: by ?? '' }) : by;
  return (text ?? '').replace(/ · $/, '');
}
