import { isFinal, type Alert, type NotifyChannel } from '../../contract/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Db, Store } from '../core/store/store.ts';
import type { SendEmail } from './channels/email.ts';
import { refused, TIMED_OUT, isTimeout, type Outcome } from './channels/outcome.ts';
import type { SendPush } from './channels/push.ts';
import type { Telegram } from './channels/telegram.ts';
import { sendWebhook } from './channels/webhook.ts';
import type { Contacts } from './contacts.ts';
import type { DeliveryRow, Said } from './deliveries.ts';
import { alertMessage, summaryMessage, testMessage, webhookBody, type Message } from './messages.ts';
import type { NoticePorts } from './ports.ts';
import type { Webhooks } from './webhooks.ts';

/** The channels that the operator has set up; one that is missing is not available. */
export interface Channels { push: SendPush; email: SendEmail | null; telegram: Telegram | null }

export interface SenderDeps {
  store: Store; clock: Clock; contacts: Contacts; webhooks: Webhooks; ports: NoticePorts; channels: Channels; publicUrl: string | null;
  /** Webhooks may be in this machine's own network. */
  anywhere: boolean;
  /** How long one attempt may take, ms. */
  timeoutMs: Record<NotifyChannel, number>;
}

/** What became of a row, and which alerts have been told of with it. */
export interface Attempt { outcome: Outcome | { pointless: true }; alerts: Alert[] }

/** Makes what is sent from how things stand now, and sends it. Touches no transaction. */
export function createSender(deps: SenderDeps) {
  const { store, clock, contacts, webhooks, ports, channels, publicUrl, anywhere, timeoutMs } = deps;

  async function placeOf(db: Db, alert: Alert): Promise<{ name: string | null; site: string }> {
    const site = await ports.site(db, alert.site);
    const name = site?.touchpoints.find(({ id }) => id === alert.touchpoint)?.name
      ?? (alert.device === null ? null : await ports.deviceName(db, alert.device)) ?? site?.zones.find(({ id }) => id === alert.zone)?.name ?? null;
    return { name, site: site?.name ?? alert.site };
  }

  const waits = (alert: Alert | undefined): alert is Alert => alert?.state === 'open' && (alert.snoozedUntil === null || alert.snoozedUntil <= clock());

  /** What to say to a person; null when there is nothing to say any more. */
  async function messageOf(db: Db, row: DeliveryRow, said: Exclude<Said, { what: 'webhook' }>): Promise<{ message: Message; alerts: Alert[] } | null> {
    const { locale } = said;
    if (said.what === 'test') return { message: testMessage(locale), alerts: [] };
    const [only] = said.what === 'alert' ? [row.alert!] : said.alerts;
    if (said.what === 'alert' || said.alerts.length + said.more === 1) {
      const alert = await ports.alert(db, only!);
      if (!waits(alert)) return null;
      return { message: alertMessage(alert, await placeOf(db, alert), said.reason, locale, clock()), alerts: [alert] };
    }
    const alerts = (await Promise.all(said.alerts.map((id) => ports.alert(db, id)))).filter(waits);
    if (alerts.length + said.more === 0) return null;
    const site = await ports.site(db, row.site!);
    return { message: summaryMessage(alerts.length + said.more, { id: row.site!, name: site?.name ?? row.site! }, locale), alerts };
  }

  async function toPerson(row: DeliveryRow, said: Exclude<Said, { what: 'webhook' }>, signal: AbortSignal): Promise<Attempt> {
    const made = await store.read((db) => messageOf(db, row, said));
    const contact = (await store.read((db) => contacts.of(db, [row.user!]))).get(row.user!);
    if (!made || !contact || contact.disabled) return { outcome: { pointless: true }, alerts: [] };
    const { message, alerts } = made;
    const { locale } = said;
    const visitor = alerts.length === 0 || alerts.some(({ tone }) => tone === 'visitor');
    switch (row.channel) {
      case 'push': {
        const subscription = await store.read((db) => contacts.device(db, row.target!));
        if (subscription?.user !== row.user) return { outcome: refused('gone'), alerts };
        return { outcome: await channels.push({ subscription: subscription!, message, locale, receipt: row.receipt, visitor, signal }), alerts };
      }
      case 'email':
        return { outcome: channels.email ? await channels.email({ to: contact.email, message, locale, id: row.id, timeoutMs: timeoutMs.email, signal }) : refused('not_set_up'), alerts };
      default:
        return { outcome: channels.telegram && contact.telegramChat !== null ? await channels.telegram.send({ chat: contact.telegramChat, message, signal }) : refused('not_set_up'), alerts };
    }
  }

  async function toProgram(row: DeliveryRow, said: Extract<Said, { what: 'webhook' }>, signal: AbortSignal): Promise<Attempt> {
    const webhook = await store.read((db) => webhooks.get(db, row.target!));
    if (!webhook || (webhook.enabled === 0 && said.event !== 'test')) return { outcome: { pointless: true }, alerts: [] };
    const body = await store.read((db) => programBody(db, row, said));
    if (body === null) return { outcome: { pointless: true }, alerts: [] };
    return { outcome: await sendWebhook({ url: webhook.url, secret: webhook.secret, body, delivery: row.id, at: clock(), anywhere, signal }), alerts: [] };
  }

  async function programBody(db: Db, row: DeliveryRow, { event, at, quiet }: Extract<Said, { what: 'webhook' }>): Promise<string | null> {
    if (event === 'test') return JSON.stringify({ delivery: row.id, event, at, site: { id: row.site, name: (await ports.site(db, row.site!))?.name ?? row.site } });
    const alert = await ports.alert(db, row.alert!);
    return alert ? webhookBody({ delivery: row.id, event, at, alert, place: await placeOf(db, alert), quiet: quiet && !isFinal(alert.state), publicUrl }) : null;
  }

  /** One attempt at a leased row, within the channel's time. @throws the reason of `stopping`, StoreUnavailable */
  return async (row: DeliveryRow, stopping: AbortSignal): Promise<Attempt> => {
    const said = JSON.parse(row.body) as Said;
    const inTime = AbortSignal.timeout(timeoutMs[row.channel as NotifyChannel]);
    const signal = AbortSignal.any([inTime, stopping]);
    const cut = new Promise<never>((_resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason), { once: true }); });
    try {
      // Whatever a library does with the signal, the attempt ends in time.
      const attempt = await Promise.race([said.what === 'webhook' ? toProgram(row, said, signal) : toPerson(row, said, signal), cut]);
      if (stopping.aborted && 'sent' in attempt.outcome && !attempt.outcome.sent) throw stopping.reason;
      return attempt;
    } catch (error) {
      if (stopping.aborted) throw stopping.reason;
      if (inTime.aborted && isTimeout(error)) return { outcome: TIMED_OUT, alerts: [] };
      throw error;
    }
  };
}
export type Sender = ReturnType<typeof createSender>;
