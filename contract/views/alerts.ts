import type { AnyEvent } from '../events.ts';
import { isFinal, KIND_DEFAULTS, type AlertKind } from '../alert-words.ts';
import type { Alert } from '../alerts.ts';

export type AlertEvent = Extract<AnyEvent, { type: `alert.${string}` }>;
export type AlertChange = Exclude<AlertEvent, { type: 'alert.opened' }>;

export const ALERT_EVENTS = [
  'alert.opened', 'alert.grown', 'alert.seen', 'alert.claimed', 'alert.departed', 'alert.released', 'alert.snoozed', 'alert.returned',
  'alert.escalated', 'alert.noticed', 'alert.resolved', 'alert.expired', 'alert.cleared',
] as const satisfies readonly AlertEvent['type'][];

/** The alert that an `alert.opened` event describes. */
export function openedAlert(event: Extract<AnyEvent, { type: 'alert.opened' }>): Alert {
  const { body } = event;
  return {
    id: body.alert, site: event.site, kind: body.kind, severity: body.severity, state: 'open', rule: body.rule ?? null,
    touchpoint: body.touchpoint, zone: body.zone ?? null, device: body.device ?? null, since: body.since, openedAt: event.at, count: body.count ?? 1,
    rating: body.rating ?? null, message: body.message ?? null, facts: body.facts ?? null,
    tone: body.tone ?? KIND_DEFAULTS[body.kind as AlertKind].tone, actBy: body.actBy ?? null,
    owner: null, claimedAt: null, departedAt: null, seenAt: null, step: 0, snoozedUntil: null, resolvedAt: null, cause: null, outcome: null, note: null,
  };
}

const UNOWNED = { state: 'open', owner: null, claimedAt: null, departedAt: null } as const;

/**
 * What a later event does to an alert, in place. Every event sets how things stand after it, so folding events again
 * onto a newer state ends in the same state. What comes after the end changes nothing.
 */
export function changeAlert(alert: Alert, event: AlertChange): void {
  if (isFinal(alert.state)) return;
  switch (event.type) {
    case 'alert.grown': {
      const { count, severity, rating, message, facts } = event.body;
      Object.assign(alert, { count, severity, ...(rating && { rating }), ...(message && { message }), ...(facts && { facts }) });
      return;
    }
    case 'alert.seen': alert.seenAt ??= event.at; return;
    case 'alert.claimed': Object.assign(alert, { state: 'claimed', owner: event.body.by, claimedAt: event.at, departedAt: null, snoozedUntil: null }); return;
    case 'alert.departed': Object.assign(alert, { state: 'on_the_way', owner: event.body.by, departedAt: event.at, claimedAt: alert.claimedAt ?? event.at, snoozedUntil: null }); return;
    // Whoever is told first is told first again.
    case 'alert.released': case 'alert.returned': Object.assign(alert, { ...UNOWNED, step: 0, snoozedUntil: null }); return;
    case 'alert.snoozed': Object.assign(alert, { ...UNOWNED, step: 0, snoozedUntil: event.body.until }); return;
    case 'alert.escalated': alert.step = event.body.step; return;
    case 'alert.noticed': return;
    case 'alert.resolved': {
      const { by, as = 'resolved', cause, outcome, note } = event.body;
      Object.assign(alert, { state: as, owner: by, resolvedAt: event.at, cause: cause ?? null, outcome: outcome ?? null, note: note ?? null, snoozedUntil: null });
      return;
    }
    case 'alert.expired': case 'alert.cleared': Object.assign(alert, { state: event.type === 'alert.expired' ? 'expired' : 'cleared', resolvedAt: event.at, snoozedUntil: null });
  }
}
