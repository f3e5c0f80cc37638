import { ulid } from 'ulid';
import type { BodyOf, Delivery, NotifyChannel, User } from '../../../contract/index.ts';
import { stateAlert } from '../../alerts/index.ts';
import type { HubConfig } from '../../config.ts';
import { hubEvent } from '../../core/log/event.ts';
import { createLog } from '../../core/log/log.ts';
import { ReactorRunner } from '../../core/log/reactor.ts';
import { readConfig } from '../../config.ts';
import { startHub, type TestHub } from '../../testing/hub.ts';
import { createNotifications, noticePorts, type Notifications } from '../index.ts';
import { FakeHttp } from './fake-http.ts';
import { FakePush } from './fake-push.ts';
import { FakeSmtp } from './fake-smtp.ts';

export const SITE = 'shop';
export const TELEGRAM_TOKEN = '123456:telegram-secret-2';

/** One more hub on the same store: its reactor and its dispatcher, driven by hand. */
export interface Post { notifications: Notifications; runner: ReactorRunner; errors: string[]; close(): Promise<void> }

/**
 * A hub with a push service, a mail server, Telegram and a program to tell, a site with a till, and people on duty.
 * `timeoutMs` cuts attempts off sooner, for channels that hang.
 */
export async function startRig(config: Partial<HubConfig> = {}, timeoutMs: Partial<Record<NotifyChannel, number>> = {}) {
  const [push, smtp, telegram, program] = await Promise.all([FakePush.start(), FakeSmtp.start(), FakeHttp.start(), FakeHttp.start()]);
  telegram.answer = ({ path }) => (path.endsWith('/getMe') ? { status: 200, body: { ok: true, result: { username: 'otklik_bot' } } } : { status: 200, body: { ok: true, result: {} } });
  const settings: HubConfig = { ...readConfig({
    OTKLIK_WEB_DIR: '/nonexistent', OTKLIK_SMTP_URL: smtp.url(), OTKLIK_MAIL_FROM: 'Otklik <otklik@shop.example>', OTKLIK_TELEGRAM_TOKEN: TELEGRAM_TOKEN, OTKLIK_TELEGRAM_URL: telegram.origin,
    OTKLIK_PUBLIC_URL: 'https://otklik.example', OTKLIK_PUSH_SUBJECT: 'mailto:owner@shop.example', OTKLIK_PRIVATE_WEBHOOKS: '1',
  }), ...config };
  const hub: TestHub = await startHub(settings);
  const admin = (await hub.person('administrator')).cookie;
  await hub.call('POST', '/api/v1/sites', { cookie: admin, body: { id: SITE, name: 'Shop on Main', timezone: 'UTC' } });
  await hub.call('POST', `/api/v1/sites/${SITE}/touchpoints`, { cookie: admin, body: { id: 'till-3', name: 'Till 3' } });
  const posts: Post[] = [];

  async function post(): Promise<Post> {
    const errors: string[] = [];
    const onError = (error: unknown, where: string): void => { errors.push(`${where}: ${error instanceof Error ? error.stack : String(error)}`); };
    const notifications = createNotifications({
      store: hub.store, clock: hub.clock, config: settings, log: hub.app.log, onError, timeoutMs,
      ports: noticePorts({ store: hub.store, alerts: hub.alerts, sites: hub.sites, duty: hub.duty, deviceName: async (id) => (await hub.devices.find(id))?.name ?? null }),
    });
    const runner = new ReactorRunner({ store: hub.store, log: createLog(hub.store), onError, reactors: [notifications.reactor] });
    await runner.start();
    const made: Post = { notifications, runner, errors, close: async () => { await runner.stop(); await notifications.stop(); } };
    posts.push(made);
    return made;
  }
  const main = await post();

  /** Lets reactors and dispatchers of all hubs do whatever is due now. */
  async function settle(): Promise<void> {
    for (const { runner } of posts) await runner.settled();
    let before = '';
    for (let now = await standing(); now !== before; now = await standing()) {
      before = now;
      await Promise.all(posts.map(({ notifications: { dispatcher } }) => dispatcher.sweep()));
      await Promise.all(posts.map(({ notifications: { dispatcher } }) => dispatcher.idle()));
    }
  }
  const standing = async (): Promise<string> => JSON.stringify((await deliveries()).map(({ id, state, attempts }) => [id, state, attempts]));

  async function deliveries(): Promise<Delivery[]> {
    return (await hub.call('GET', `/api/v1/sites/${SITE}/deliveries?limit=200`, { cookie: admin })).body['deliveries'] as unknown as Delivery[];
  }

  const state = <T extends 'alert.opened' | 'alert.claimed' | 'alert.escalated' | 'alert.resolved' | 'alert.snoozed' | 'alert.returned' | 'alert.grown' | 'alert.cleared'>(type: T, body: BodyOf<T>): Promise<unknown> =>
    hub.store.transaction((tx) => stateAlert(tx, hub.alerts, hubEvent(SITE, type, hub.clock(), body, { touchpoint: 'till-3' })), `alert ${(body as { alert: string }).alert}`);

  return {
    hub, admin, push, smtp, telegram, program, main, post, settle, state, deliveries,
    /** What the bot said. */
    said: () => telegram.heard.filter(({ path }) => path.endsWith('/sendMessage')),
    /** A floor person on duty at the site, with as many browsers as named. */
    async onDuty(browsers: string[] = [], { order, telegramChat = null }: { order?: ('push' | 'email' | 'telegram')[]; telegramChat?: string | null } = {}): Promise<{ user: User; cookie: string }> {
      const person = await hub.person('floor', [SITE]);
      const on = await hub.call('PUT', `/api/v1/sites/${SITE}/duty`, { cookie: person.cookie, body: { on: true } });
      if (on.status !== 200) throw new Error(`not on duty: ${on.text}`);
      for (const browser of browsers) await hub.call('POST', '/api/v1/notifications/subscriptions', { cookie: person.cookie, body: push.subscribe(browser), headers: { 'user-agent': 'Mozilla/5.0 (Linux; Android 14) Chrome/140.0' } });
      if (order || telegramChat !== null) await hub.call('PUT', '/api/v1/notifications/settings', { cookie: person.cookie, body: { order: order ?? ['push', 'email', 'telegram'], telegramChat } });
      return person;
    },
    /** An alert about a visitor at the till; resolves to its id. */
    async open(more: Partial<BodyOf<'alert.opened'>> = {}): Promise<string> {
      const alert = ulid().toLowerCase();
      await state('alert.opened', { alert, kind: 'feedback.negative', severity: 'high', source: ulid(), since: hub.clock(), touchpoint: 'till-3', rating: { value: 1, scale: 4 }, ...more });
      return alert;
    },
    async close(): Promise<void> {
      for (const one of posts) await one.close();
      await hub.close();
      await Promise.all([push.close(), smtp.close(), telegram.close(), program.close()]);
    },
  };
}
export type Rig = Awaited<ReturnType<typeof startRig>>;
