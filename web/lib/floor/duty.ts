import type { DutyBoard, DutyRole } from '../../../contract/duty.ts';
import type { FloorState } from '../../../contract/views/floor.ts';
import { m } from '../paraglide/messages.js';

type Reach = DutyBoard['people'][number]['reach'][number];

/** A person on duty as the strip shows them. */
export interface DutyPerson {
  id: string;
  name: string;
  role: DutyRole;
  zones: readonly string[] | null;
  until: number | null;
  /** How they can be told now; null while that is not known. */
  reach: readonly Reach[] | null;
  /** How well they can be reached: a dot's look, never without a word. */
  tone: '' | 'good' | 'warn' | 'bad';
}

const ORDER: readonly DutyRole[] = ['floor', 'second', 'manager'];

/**
 * Who is on duty: the stream knows at once who came and went, the board knows every half minute how they can be
 * reached. Who is on only one of them yet is shown as far as is known.
 */
export function onDuty(streamed: FloorState['duty'], board: DutyBoard | null): DutyPerson[] {
  const known = new Map((board?.people ?? []).map((one) => [one.user, one]));
  const people = Object.entries(streamed).map(([id, { name, role, zones, until }]): DutyPerson => {
    const reach = known.get(id)?.reach ?? null;
    return { id, name, role, zones, until, reach, tone: toneOf(reach) };
  });
  return people.sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role) || a.name.localeCompare(b.name));
}

function toneOf(reach: readonly Reach[] | null): DutyPerson['tone'] {
  if (reach === null) return '';
  if (reach.length === 0) return 'bad';
  return reach.some((one) => one !== 'email') ? 'good' : 'warn';
}

/** How a person can be told, in words: the quickest way there is. */
export function reachText({ reach }: Pick<DutyPerson, 'reach'>): string {
  if (reach === null) return '';
  if (reach.includes('console')) return m.floor_duty_in_sight();
  if (reach.includes('push')) return m.floor_duty_push();
  if (reach.includes('telegram')) return m.floor_duty_telegram();
  return reach.includes('email') ? m.floor_duty_email() : m.floor_duty_unreachable();
}
