import { ulid } from 'ulid';
import { isFinal, type Alert, type AlertEvent, type Severity } from '../../contract/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Reactor } from '../core/log/reactor.ts';
import type { Db, Transaction } from '../core/store/store.ts';
import { reachable, type Available, type Contact, type Contacts } from './contacts.ts';
import { summaryWith, type Deliveries, type NewDelivery, type Said } from './deliveries.ts';
import type { NoticePorts, Recipient } from './ports.ts';
import { channelsFor, dueAt, isHeldBack, nextSlot, TOO_OLD_MS, withinWeek } from './rules.ts';
import type { Reason } from './texts.ts';
import type { Webhooks } from './webhooks.ts';

export interface NoticesDeps {
  clock: Clock; available: Available; contacts: Contacts; deliveries: Deliveries; webhooks: Webhooks; ports: NoticePorts;
  /** Deliveries were committed. */
  onWritten(): void;
}

const ENDS: ReadonlySet<string> = new Set(['alert.claimed', 'alert.departed', 'alert.snoozed', 'alert.resolved', 'alert.expired', 'alert.cleared']);
const REASON_OF: Partial<Record<string, Reason>> = { 'alert.opened': 'opened', 'alert.escalated': 'escalated', 'alert.returned': 'returned', 'alert.grown': 'worse' };
/** What programs are told of. */
const FOR_WEBHOOKS: ReadonlySet<string> = new Set(['alert.opened', 'alert.escalated', 'alert.claimed', 'alert.resolved', 'alert.expired', 'alert.cleared']);
const HOUR = 3_600_000;

/** Turns what happens to alerts into deliveries that wait, and stops those that have become pointless. */
export function noticesReactor(deps: NoticesDeps): Reactor {
  return {
    name: 'notices',
    types: new Set([...ENDS, ...Object.keys(REASON_OF), ...FOR_WEBHOOKS]),
    // Growing is no news unless it makes the alert urgent.
    wants: (event) => event.type !== 'alert.grown' || event.body.severity === 'urgent',
    async react(events, tx, site) {
      for (const event of events as AlertEvent[]) await reactTo(deps, tx, site, event);
      return deps.onWritten;
    },
  };
}

async function reactTo(deps: NoticesDeps, tx: Transaction, site: string, event: AlertEvent): Promise<void> {
  const { deliveries, ports, clock } = deps;
  const id = event.body.alert;
  if (ENDS.has(event.type)) await stopNotices(deliveries, tx.db, site, id);
  const now = clock();
  // What happened before a long outage is on the cards; nobody is called about it any more.
  if (now - event.at > TOO_OLD_MS) return;
  const alert = await ports.alert(tx.db, id);
  if (!alert) return;
  if (FOR_WEBHOOKS.has(event.type)) await tellPrograms(deps, tx.db, event, alert, now);
  const reason = REASON_OF[event.type];
  // The alert stands as it does after later events: somebody may have it already.
  if (reason === undefined || alert.state !== 'open' || (alert.snoozedUntil !== null && alert.snoozedUntil > now)) return;
  if (reason === 'worse' && await deliveries.toldUrgently(tx.db, id)) return;
  await tellPeople(deps, tx.db, event, alert, reason, now);
}

/** Somebody has it, or it is over: nothing more is sent about it. */
async function stopNotices(deliveries: Deliveries, db: Db, site: string, alert: string): Promise<void> {
  await deliveries.cancelAlert(db, alert);
  for (const { notice, said } of await deliveries.summariesOf(db, site, alert)) {
    const left = { ...said, alerts: said.alerts.filter((one) => one !== alert) };
    if (left.alerts.length + left.more === 0) await deliveries.cancelNotice(db, notice);
    else await deliveries.rewrite(db, notice, left);
  }
}

async function tellPeople(deps: NoticesDeps, db: Db, event: AlertEvent, alert: Alert, reason: Reason, now: number): Promise<void> {
  const { ports, contacts } = deps;
  const known = await ports.alertNotice(db, alert.id);
  const settings = await ports.settingsOf(db, alert.site);
  const site = await ports.site(db, alert.site);
  const quiet = reason === 'opened' ? known?.quiet ?? false : withinWeek(settings.quiet, site?.timezone ?? 'UTC', now);
  if (isHeldBack(alert.severity, quiet)) return;
  const zone = alert.zone ?? site?.touchpoints.find((touchpoint) => touchpoint.id === alert.touchpoint)?.zone ?? null;
  const step = reason === 'returned' ? 0 : event.type === 'alert.escalated' ? event.body.step as 1 | 2 : alert.step as 0 | 1 | 2;
  const people = await ports.recipients(db, alert.site, { zone, step, tell: known?.tell ?? null }, now);
  const how = await contacts.of(db, people.map(({ user }) => user));
  for (const person of people) {
    const contact = how.get(person.user);
    if (contact && !contact.disabled) await tellPerson(deps, db, { person, contact, alert, reason, now, hourlyCap: settings.hourlyCap });
  }
}

interface Telling { person: Recipient; contact: Contact; alert: Alert; reason: Reason; now: number; hourlyCap: number }

async function tellPerson({ deliveries, available }: NoticesDeps, db: Db, telling: Telling): Promise<void> {
  const { person, contact, alert, reason, now, hourlyCap } = telling;
  const locale = person.locale;
  // What still waits of an earlier notice about the same would only say it twice.
  await deliveries.cancelAlert(db, alert.id, person.user);
  const write = (createdAt: number, severity: Severity, about: string | null, said: Said): Promise<string[]> =>
    deliveries.insert(db, noticeRows({ person, contact, available, site: alert.site, alert: about, severity, said, at: createdAt }));

  if (alert.severity === 'urgent') return void await write(now, 'urgent', alert.id, { what: 'alert', reason, locale });
  const open = await deliveries.openSummary(db, person.user, alert.site);
  if (open && await deliveries.rewrite(db, open.notice, summaryWith(open.said, alert.id))) return;
  const slot = nextSlot(await deliveries.timesOf(db, person.user, now - HOUR), hourlyCap, now);
  if (slot.collects) await write(slot.at, alert.severity, null, { what: 'summary', alerts: [alert.id], more: 0, reason, locale });
  else await write(slot.at, alert.severity, alert.id, { what: 'alert', reason, locale });
}

interface Notice { person: Recipient; contact: Contact; available: Available; site: string | null; alert: string | null; severity: Severity; said: Said; at: number }

/** One notice to one person: a row for each of their channels in turn, and for each browser of theirs. */
export function noticeRows({ person, contact, available, site, alert, severity, said, at }: Notice): NewDelivery[] {
  const notice = ulid().toLowerCase();
  const channels = channelsFor(contact.order, reachable(contact, available));
  return channels.flatMap((channel, turn): NewDelivery[] => {
    const row = { notice, site, alert, user: person.user, name: person.name, channel, turn, severity, said, createdAt: at, nextAt: dueAt(at, turn) };
    return channel === 'push' ? contact.devices.map((target) => ({ ...row, target })) : [{ ...row, target: null }];
  });
}

async function tellPrograms({ webhooks, deliveries, ports }: NoticesDeps, db: Db, event: AlertEvent, alert: Alert, now: number): Promise<void> {
  const told = await webhooks.enabledOf(db, alert.site);
  if (told.length === 0 || (!isFinal(alert.state) && event.type === 'alert.claimed' && alert.state === 'open')) return;
  const quiet = (await ports.alertNotice(db, alert.id))?.quiet ?? false;
  await deliveries.insert(db, told.map(({ id }) => ({
    notice: ulid().toLowerCase(), site: alert.site, alert: alert.id, user: null, name: null, channel: 'webhook' as const, target: id, turn: 0, severity: alert.severity,
    said: { what: 'webhook', event: event.type, at: event.at, quiet } as const, createdAt: now, nextAt: now,
  })));
}
