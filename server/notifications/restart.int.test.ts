import { describe, expect, it, vi } from 'vitest';
import { HubProcess } from '../testing/hub-process.ts';
import { pressOf } from '../testing/whole-hub.ts';
import { LEASE_MS } from './dispatcher.ts';
import { FakePush } from './testing/fake-push.ts';

describe('a hub that is killed in the middle of sending', () => {
  it('sends the notice once more when it is back and its lease has run out, and then no more', async () => {
    const push = await FakePush.start();
    const hub = await HubProcess.create({ OTKLIK_PRIVATE_WEBHOOKS: '1' });
    try {
      await hub.start();
      const cookie = await hub.signIn();
      await hub.api(cookie, 'POST', '/api/v1/sites', { id: 'shop', name: 'Shop', timezone: 'UTC' });
      const { token } = await hub.api(cookie, 'POST', '/api/v1/sites/shop/devices', { kind: 'button', name: 'Button' });
      await hub.api(cookie, 'PUT', '/api/v1/sites/shop/duty', { on: true });
      await hub.api(cookie, 'POST', '/api/v1/notifications/subscriptions', push.subscribe('tablet', 'hang'));
      const sent = await fetch(`${hub.origin}/api/v1/events`, { method: 'POST', headers: { authorization: `Bearer ${String(token)}`, 'content-type': 'application/json' }, body: JSON.stringify({ events: [pressOf('shop', 1)] }) });
      expect(sent.status).toBe(200);
      await vi.waitFor(() => expect(push.asked['tablet']).toBe(1), { timeout: 10_000, interval: 10 });
      await hub.end('SIGKILL');
      push.answer('tablet', 201);
      await hub.start();
      await vi.waitFor(() => expect(push.messages).toHaveLength(1), { timeout: LEASE_MS + 10_000, interval: 50 });
      const again = await hub.signIn();
      const row = async () => (await hub.api(again, 'GET', '/api/v1/sites/shop/deliveries') as unknown as { deliveries: { channel: string; state: string; attempts: number }[] }).deliveries;
      await vi.waitFor(async () => expect(await row()).toMatchObject([{ channel: 'push', state: 'sent', attempts: 2 }]), { timeout: 5_000 });
      expect(push.asked['tablet']).toBe(2);
      expect(push.wrong).toEqual([]);
    } finally {
      await hub.dispose();
      await push.close();
    }
  }, 120_000);
});
