import { beforeEach, describe, expect, it, vi } from 'vitest';
import { makePush, PushRefused } from './make-push.ts';
import type { PushEnvironment } from './push-environment.ts';

const KEY = 'BAAB_-8';
const KEY_BYTES = [4, 0, 1, 255, 239];

/** A browser and a hub in memory. */
class FakeBrowser {
  secure = true;
  capable = true;
  needsInstall = false;
  person: string | undefined = 'anna';
  allowed: NotificationPermission = 'default';
  answer: NotificationPermission = 'granted';
  subscription: { options: { applicationServerKey: ArrayBuffer }; toJSON(): object; unsubscribe(): Promise<boolean> } | null = null;
  refuses = false;
  hub: string[] = [];
  kept: string | null = null;
  steps: string[] = [];

  readonly registered = {
    pushManager: {
      getSubscription: async () => this.subscription,
      subscribe: async ({ applicationServerKey }: { applicationServerKey: Uint8Array<ArrayBuffer> }) => {
        if (this.refuses) throw new DOMException('push service not available', 'AbortError');
        return (this.subscription = this.make(applicationServerKey.slice().buffer));
      },
    },
  } as unknown as ServiceWorkerRegistration;

  make(applicationServerKey: ArrayBuffer) {
    return { options: { applicationServerKey }, toJSON: () => ({ endpoint: 'https://push.example/1' }), unsubscribe: async () => { this.subscription = null; return true; } };
  }

  environment(): PushEnvironment {
    const self = this; // for getters, which have a `this` of their own
    return {
      get secure() { return self.secure; },
      get capable() { return self.capable; },
      get needsInstall() { return self.needsInstall; },
      user: () => this.person,
      permission: () => this.allowed,
      askPermission: async () => { this.steps.push('ask'); return (this.allowed = this.answer); },
      registration: async () => (this.subscription ? this.registered : undefined),
      register: async () => this.registered,
      get: async <T>() => { this.steps.push('get'); return { pushKey: KEY } as T; },
      post: async <T>(path: string, body: unknown) => { this.hub.push(`${path} ${JSON.stringify(body)}`); return { id: 'device-1' } as T; },
      remove: async (path: string) => void this.hub.push(`DELETE ${path}`),
      load: () => this.kept,
      save: (text) => { this.kept = text; },
    };
  }
}

let browser: FakeBrowser;
let push: ReturnType<typeof makePush>;
beforeEach(() => {
  browser = new FakeBrowser();
  push = makePush(browser.environment());
});

describe('notices of this browser', () => {
  it.each([
    ['insecure', { secure: false, capable: false }],
    ['install_first', { needsInstall: true, capable: false }],
    ['unsupported', { capable: false }],
    ['blocked', { allowed: 'denied' as const }],
  ])('says %s and asks nobody where they cannot be switched on', async (state, world) => {
    Object.assign(browser, world);
    expect(await push.pushState()).toBe(state);
    expect(await push.enablePush()).toBe(state);
    expect(browser.steps).toEqual([]);
    expect(browser.hub).toEqual([]);
  });

  it('asks the person before anything else, subscribes under the hub\'s key and tells the hub', async () => {
    expect(await push.pushState()).toBe('off');
    expect(await push.enablePush()).toBe('on');
    expect(browser.steps[0]).toBe('ask');
    expect([...new Uint8Array(browser.subscription!.options.applicationServerKey)]).toEqual(KEY_BYTES);
    expect(browser.hub).toEqual(['/notifications/subscriptions {"endpoint":"https://push.example/1"}']);
    expect(await push.pushState()).toBe('on');
    expect(push.thisDevice()).toBe('device-1');
  });

  it('is blocked after a no, and off after a question that was closed', async () => {
    browser.answer = 'denied';
    expect(await push.enablePush()).toBe('blocked');
    Object.assign(browser, { allowed: 'default', answer: 'default' });
    expect(await push.enablePush()).toBe('off');
    expect(browser.hub).toEqual([]);
  });

  it('keeps a subscription under the same key and replaces one under another', async () => {
    const same = browser.subscription = browser.make(Uint8Array.from(KEY_BYTES).buffer);
    await push.enablePush();
    expect(browser.subscription).toBe(same);
    const other = browser.subscription = browser.make(Uint8Array.from([1, 2, 3, 4, 5]).buffer);
    await push.enablePush();
    expect(browser.subscription).not.toBe(other);
    expect([...new Uint8Array(browser.subscription!.options.applicationServerKey)]).toEqual(KEY_BYTES);
  });

  it('is off for the next person on the same device until they switch it on', async () => {
    await push.enablePush();
    browser.person = 'igor';
    expect(await push.pushState()).toBe('off');
    expect(push.thisDevice()).toBeNull();
    expect(await push.enablePush()).toBe('on');
    expect(browser.hub).toHaveLength(2);
  });

  it('ends in the browser and at the hub, and in the browser even when the hub is away', async () => {
    await push.enablePush();
    await push.disablePush();
    expect(browser.subscription).toBeNull();
    expect(browser.hub.at(-1)).toBe('DELETE /notifications/subscriptions/device-1');
    expect(await push.pushState()).toBe('off');

    const env = browser.environment();
    const away = makePush({ ...env, secure: true, capable: true, needsInstall: false, remove: () => Promise.reject(new Error('away')) });
    await away.enablePush();
    await expect(away.disablePush()).rejects.toThrow('away');
    expect(browser.subscription).toBeNull();
    expect(await away.pushState()).toBe('off');
  });

  it('says so when the browser\'s push service refuses, and keeps nothing', async () => {
    browser.refuses = true;
    await expect(push.enablePush()).rejects.toThrow(PushRefused);
    expect(browser.hub).toEqual([]);
    expect(browser.kept).toBeNull();
  });

  it('is off, not broken, when what was kept cannot be read', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    browser.allowed = 'granted';
    browser.kept = '{nonsense';
    expect(await push.pushState()).toBe('off');
    expect(warn).toHaveBeenCalledOnce();
  });
});
