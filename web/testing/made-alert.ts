import type { Alert } from '../../contract/alerts.ts';

/** An open alert of a visitor's lowest rating, for tests; say what differs. */
export const madeAlert = (id: string, values: Partial<Alert> = {}): Alert => ({
  id, site: 's', kind: 'feedback.negative', severity: 'high', state: 'open', rule: null, touchpoint: null, zone: null, device: null, since: 1, openedAt: 1,
  count: 1, rating: null, message: null, facts: null, tone: 'visitor', actBy: null, owner: null, claimedAt: null, departedAt: null, seenAt: null, step: 0,
  snoozedUntil: null, resolvedAt: null, cause: null, outcome: null, note: null, ...values,
});
