import { int, nullable, table, text } from '../core/store/table.ts';

/** Alerts as they stand. Each row changes only together with the `alert.*` event that says so; offsets are those events'. */
export const alertsTable = table('alerts', {
  id: text(), site: text(), kind: text(), severity: text(), state: text(), touchpoint: nullable(text()),
  since: int(), openedAt: int(), rating: nullable(text()),
  ownerId: nullable(text()), ownerName: nullable(text()), claimedAt: nullable(int()),
  resolvedAt: nullable(int()), cause: nullable(text()), outcome: nullable(text()), note: nullable(text()),
  openedOffset: int(), resolvedOffset: nullable(int()),
  rule: nullable(text()), zone: nullable(text()), device: nullable(text()), count: int({ default: 1 }),
  /** JSON of `AlertMessage`, `AlertFacts`, the `timing` and `tell` of `alert.opened`. */
  message: nullable(text()), facts: nullable(text()), timing: nullable(text()), tell: nullable(text()),
  tone: nullable(text()), actBy: nullable(int()), departedAt: nullable(int()), seenAt: nullable(int()), noticedAt: nullable(int()),
  step: int({ default: 0 }), snoozedUntil: nullable(int()), quiet: int({ default: 0 }),
  /** When the hub has to do something about it by itself; null: never again. */
  nextAt: nullable(int()),
  /** Since when it waits for somebody: opened, given back or put back. Escalation and expiry count from there. */
  waitingSince: nullable(int()),
  /** JSON: offsets of its events after the opening, save those of its growth. */
  steps: nullable(text()),
}, { primaryKey: ['id'], index: [['site', 'state', 'openedAt'], ['site', 'openedAt'], ['site', 'kind', 'openedAt'], ['nextAt']] });

/** Rules that a site changed or added; built-in ones are missing until somebody changes them. `body` is JSON of `Rule`. */
export const alertRulesTable = table('alert_rules', {
  site: text(), id: text(), body: text(), updatedAt: int(),
}, { primaryKey: ['site', 'id'] });

/** JSON of `AlertSettings`, of sites that changed them. */
export const alertSettingsTable = table('alert_settings', { site: text(), body: text(), updatedAt: int() }, { primaryKey: ['site'] });

/** What the rules remember of a site between events, as JSON; written with the reactor's place in the log. */
export const alertWatchTable = table('alert_watch', { site: text(), state: text(), offset: int() }, { primaryKey: ['site'] });
