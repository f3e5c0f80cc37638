import { KIND_DEFAULTS, type AlertKind, type Severity } from '../../../contract/alert-words.ts';
import type { Escalation, NewRule, Rule } from '../../../contract/alerts.ts';
import type { Site } from '../../../contract/places.ts';
import { defaultParams, paramsFit, paramsOf, WHOLE_SITE_KINDS } from './fields.ts';

/** Who is told next and when, by how much it hurts to wait. Seconds. */
const ESCALATIONS: Record<Severity, Escalation> = {
  urgent: { secondS: 60, managerS: 120, returnS: 600 },
  high: { secondS: 60, managerS: 180, returnS: 600 },
  medium: { secondS: 300, managerS: 900, returnS: 1800 },
  low: { secondS: null, managerS: null, returnS: null },
};
/** What is said again after this long; a single visitor is always said. Seconds. */
const COOLDOWN_S = 900;

/** A rule as a form has it: numbers that are being typed may be missing. */
export type Draft = Omit<NewRule, 'params'> & { params: Record<string, unknown> };

/** A rule of this kind as it is offered: for the whole site, always, to whoever is on duty. */
export function newRule(kind: AlertKind): Draft {
  const { severity, tone, actWithinS } = KIND_DEFAULTS[kind];
  return {
    kind, name: null, enabled: true, place: { zone: null, touchpoint: null }, params: defaultParams(kind), severity, tone, actWithinS,
    hours: null, tell: null, escalation: { ...ESCALATIONS[severity] }, cooldownS: kind === 'feedback.negative' || kind === 'emotion.episode' ? 0 : COOLDOWN_S,
  };
}

/** What the hub wants of a rule that is kept: without what it gave itself, and with every parameter of its kind. */
export function editable(rule: Rule): Draft {
  const { id: _id, site: _site, builtIn: _builtIn, ...fields } = rule;
  return { ...fields, params: paramsOf(rule.kind, rule.params) };
}

/** The draft as another kind: what belongs to a kind starts anew, what a person has said about place, people and hours stays. */
export function withKind(draft: Draft, kind: AlertKind): Draft {
  const { place, hours, tell, name, enabled } = draft;
  return { ...newRule(kind), name, enabled, hours, tell, place: WHOLE_SITE_KINDS.includes(kind) ? { zone: null, touchpoint: null } : place };
}

/** Whether the hub would take its numbers; a form that is being typed in often does not. */
export function draftFits(draft: Draft): boolean {
  return paramsFit(draft.kind, draft.params) && (draft.hours === null || draft.hours.every(({ days, from, to }) => days.length > 0 && Number.isFinite(from) && Number.isFinite(to))) && (draft.tell === null || draft.tell.length > 0);
}

/** Whether the manager is told after the second person, as the hub demands. */
export const stepsFit = ({ secondS, managerS }: Escalation): boolean => secondS === null || managerS === null || managerS > secondS;

/** The draft as the hub takes it: a name of spaces is no name. */
export function sendable(draft: Draft): NewRule {
  return { ...draft, name: draft.name?.trim() || null };
}

/** The draft as far as a preview depends on it: a new name or tone changes nothing of the past. */
export function previewable(draft: Draft): NewRule {
  const { severity, tone, actWithinS, escalation } = newRule(draft.kind);
  return { ...draft, name: null, enabled: true, tell: null, severity, tone, actWithinS, escalation };
}

export type Place = NewRule['place'];
/** A place as the value of a select: `site`, `zone:<id>`, `point:<id>`. */
export const placeKey = ({ zone, touchpoint }: Place): string => (touchpoint !== null ? `point:${touchpoint}` : zone !== null ? `zone:${zone}` : 'site');
export function placeOf(key: string): Place {
  const [sort, id] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
  return { zone: sort === 'zone' ? id : null, touchpoint: sort === 'point' ? id : null };
}
/** The place's name; null for the whole site and for places that are gone. */
export function placeName(site: Pick<Site, 'zones' | 'touchpoints'> | undefined, { zone, touchpoint }: { zone: string | null; touchpoint: string | null }): string | null {
  if (touchpoint !== null) return site?.touchpoints.find((one) => one.id === touchpoint)?.name ?? null;
  return site?.zones.find((one) => one.id === zone)?.name ?? null;
}
