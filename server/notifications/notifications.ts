import { ulid } from 'ulid';
import type { FastifyBaseLogger } from 'fastify';
import type { NotifyChannel, NotifySettings, NotifyState, PushSubscription } from '../../contract/index.ts';
import type { PersonPrincipal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, invalid, notFound } from '../core/http/index.ts';
import type { Reactor } from '../core/log/reactor.ts';
import type { Db, Store } from '../core/store/store.ts';
import { addressProblem } from './addresses.ts';
import { createEmail } from './channels/email.ts';
import { createPush } from './channels/push.ts';
import { createTelegram } from './channels/telegram.ts';
import { createContacts, reachable, type Available, type StoredSubscription } from './contacts.ts';
import { createDeliveries, type DeliveryRow } from './deliveries.ts';
import { createDispatcher, LEASE_MS } from './dispatcher.ts';
import type { NoticePorts } from './ports.ts';
import { noticeRows, noticesReactor } from './reactor.ts';
import { channelsFor, type PersonChannel } from './rules.ts';
import { createSender } from './sender.ts';
import { createVapid } from './vapid.ts';
import { createWebhooks, type WebhookRow } from './webhooks.ts';

/** Settings of the hub that concern notices. */
export interface NotificationsConfig {
  publicUrl: string | null; smtpUrl: string | null; mailFrom: string | null; telegramToken: string | null; telegramUrl: string; pushSubject: string | null; adminEmail: string | null; privateWebhooks: boolean;
}

export interface NotificationsDeps {
  store: Store; clock: Clock; config: NotificationsConfig; ports: NoticePorts; log: Pick<FastifyBaseLogger, 'info' | 'warn'>; onError(error: unknown, where: string): void;
  /** How long one attempt may take, ms. */
  timeoutMs?: Partial<Record<NotifyChannel, number>>;
}

const TIMEOUT_MS: Record<NotifyChannel, number> = { push: 10_000, email: 10_000, telegram: 10_000, webhook: 10_000 };
/** Push services want to know whom to ask; where nobody said, an address that is nobody's. */
const NOBODY = 'mailto:hub@otklik.example';

/** Tells people, and programs, what happens on the floor: Web Push, mail, Telegram, signed webhooks. */
export function createNotifications({ store, clock, config, ports, log, onError, timeoutMs = {} }: NotificationsDeps) {
  const { publicUrl, smtpUrl, mailFrom, telegramToken, telegramUrl, privateWebhooks: anywhere } = config;
  const contacts = createContacts(store);
  const deliveries = createDeliveries(store);
  const webhooks = createWebhooks(store);
  const keys = createVapid(store, clock);
  const subject = config.pushSubject ?? (config.adminEmail === null ? null : `mailto:${config.adminEmail}`) ?? (publicUrl?.startsWith('https:') ? publicUrl : NOBODY);
  const telegram = telegramToken === null ? null : createTelegram({ token: telegramToken, url: telegramUrl, publicUrl });
  const email = smtpUrl === null || mailFrom === null ? null : createEmail({ smtpUrl, from: mailFrom, publicUrl });
  const available: Available = { push: true, email: email !== null, telegram: telegram !== null };
  const send = createSender({ store, clock, contacts, webhooks, ports, channels: { push: createPush({ keys, subject, anywhere }), email, telegram }, publicUrl, anywhere, timeoutMs: { ...TIMEOUT_MS, ...timeoutMs } });
  const dispatcher = createDispatcher({ store, clock, contacts, deliveries, ports, send, log, onError });
  const reactor: Reactor = noticesReactor({ clock, available, contacts, deliveries, webhooks, ports, onWritten: () => dispatcher.wake() });

  const shown = ({ id, label, createdAt, lastOkAt }: StoredSubscription): NotifyState['devices'][number] => ({ id, label, createdAt, lastOkAt });

  /** Writes rows that this hub has taken already, tries them at once and resolves to how they stand then. */
  async function tryAtOnce(rows: Parameters<typeof deliveries.insert>[1]): Promise<DeliveryRow[]> {
    const leasedUntil = clock() + LEASE_MS;
    const ids = await store.transaction(({ db }) => deliveries.insert(db, rows.map((row) => ({ ...row, leasedUntil, attempts: 1 }))), `notice ${rows[0]!.notice}`);
    const read = async (): Promise<DeliveryRow[]> => store.read(async (db) => (await Promise.all(ids.map((id) => deliveries.get(db, id)))).filter((row) => row !== undefined));
    await Promise.all((await read()).map((row) => dispatcher.carryOut(row)));
    return read();
  }

  return {
    reactor, deliveries, webhooks, dispatcher,
    start: (): void => dispatcher.start(),
    stop: (): Promise<void> => dispatcher.stop(),

    /** By which channels these people can be told now, in their order; for who plans shifts. */
    async reachOf(db: Db, users: readonly string[]): Promise<Map<string, PersonChannel[]>> {
      return new Map([...await contacts.of(db, users)].map(([id, contact]) => [id, channelsFor(contact.order, reachable(contact, available))]));
    },

    async stateOf({ user }: PersonPrincipal): Promise<NotifyState> {
      const [{ publicKey }, devices, settings, telegramBot] = await Promise.all([
        keys(), store.read((db) => contacts.devicesOf(db, user.id)), store.read((db) => contacts.settingsOf(db, user.id)), telegram?.botName(clock()) ?? null,
      ]);
      return {
        pushKey: publicKey, available, telegramBot, devices: devices.map(shown),
        settings: { order: settings?.order ?? ['push', 'email', 'telegram'], email: user.email, telegramChat: settings?.telegramChat ?? null },
      };
    },

    async saveSettings({ user }: PersonPrincipal, settings: NotifySettings): Promise<void> {
      await store.transaction(({ db }) => contacts.saveSettings(db, user.id, settings), `notify ${user.id}`);
    },

    /** @throws ApiError `invalid` for an endpoint that nothing may be sent to. */
    async subscribe({ user }: PersonPrincipal, subscription: PushSubscription, label: string): Promise<NotifyState['devices'][number]> {
      if (addressProblem(subscription.endpoint, { anywhere, httpsOnly: true }) !== null) throw invalid('/endpoint', 'must be the https address of a push service');
      return shown(await store.transaction(({ db }) => contacts.subscribe(db, user.id, subscription, label, clock()), `notify ${user.id}`));
    },
    /** @throws ApiError `not_found` */
    async unsubscribe({ user }: PersonPrincipal, id: string): Promise<void> {
      if (!await store.transaction(({ db }) => contacts.unsubscribe(db, user.id, id), `notify ${user.id}`)) throw notFound('device');
    },

    /** One notice by this channel, at once and without another try. Resolves to how it went. @throws ApiError `channel_unavailable` */
    async test({ user }: PersonPrincipal, channel: PersonChannel): Promise<DeliveryRow> {
      const contact = (await store.read((db) => contacts.of(db, [user.id]))).get(user.id);
      if (!available[channel]) throw new ApiError('channel_unavailable', 409, 'The operator has not set up this channel.');
      if (!contact || !reachable(contact, available).has(channel)) throw new ApiError('channel_unavailable', 409, channel === 'push' ? 'No browser of yours takes notices yet. Switch them on first.' : 'Save your chat number first.');
      const rows = noticeRows({ person: { user: user.id, name: user.name, email: user.email, locale: user.locale }, contact: { ...contact, order: [channel] }, available, site: null, alert: null, severity: 'low', said: { what: 'test', locale: user.locale }, at: clock() });
      const tried = await tryAtOnce(rows);
      return tried.find(({ state }) => state === 'sent' || state === 'received') ?? tried[0]!;
    },
    async testWebhook({ id, site }: WebhookRow): Promise<DeliveryRow> {
      const now = clock();
      const [tried] = await tryAtOnce([{
        notice: ulid().toLowerCase(), site, alert: null, user: null, name: null, channel: 'webhook', target: id, turn: 0, severity: 'low',
        said: { what: 'webhook', event: 'test', at: now, quiet: false }, createdAt: now, nextAt: now,
      }]);
      return tried!;
    },

    /** The device has shown a notice: its other channels are stopped. False for an unknown receipt. Again changes nothing. */
    async received(receipt: string): Promise<boolean> {
      const row = await store.read((db) => deliveries.byReceipt(db, receipt));
      if (!row) return false;
      if (row.receivedAt !== null) return true;
      await store.transaction(async ({ db }) => {
        await deliveries.received(db, row.id, clock());
        await deliveries.cancelOthers(db, row.notice, row.id);
      }, `notice ${row.notice}`);
      return true;
    },
  };
}
export type Notifications = ReturnType<typeof createNotifications>;
