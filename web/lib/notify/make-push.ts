import type { NotifyState } from '../../../contract/notify.ts';
import type { PushEnvironment } from './push-environment.ts';

/**
 * Whether this browser shows notices to the person who is signed in.
 * `insecure`: the page is not served over HTTPS. `install_first`: an iPad or iPhone, where only pages added to the home
 * screen may. `blocked`: the person or the system said no; only the browser's settings undo that.
 */
export type PushState = 'unsupported' | 'insecure' | 'install_first' | 'blocked' | 'off' | 'on';

/** The browser's push service did not take the subscription: it cannot be reached or is switched off. */
export class PushRefused extends Error {
  constructor(cause: unknown) {
    super('the push service of the browser refused', { cause });
    this.name = 'PushRefused';
  }
}

/** What this device told the hub last: whose notices it shows and under which name the hub knows it. */
interface Kept { user: string; id: string }

export interface Push {
  /** How things stand now; asks nobody, tells nobody. */
  pushState(): Promise<PushState>;
  /**
   * Asks the person, subscribes the browser and tells the hub; call it from a touch. Does nothing new where it is on.
   * @throws ApiError when the hub does not take it, PushRefused when the browser's push service does not.
   */
  enablePush(): Promise<PushState>;
  /** Ends it for this browser. @throws ApiError when the hub could not be told; the browser has ended it all the same. */
  disablePush(): Promise<void>;
  /** The hub's name of this browser's subscription; null while it is not on. */
  thisDevice(): string | null;
}

export function makePush(env: PushEnvironment): Push {
  const kept = (): Kept | null => parseKept(env.load());
  const mine = (): Kept | null => {
    const known = kept();
    return known && known.user === env.user() ? known : null;
  };

  function obstacle(): PushState | null {
    if (!env.secure) return 'insecure';
    if (env.needsInstall) return 'install_first';
    if (!env.capable) return 'unsupported';
    return env.permission() === 'denied' ? 'blocked' : null;
  }

  async function pushState(): Promise<PushState> {
    const stopped = obstacle();
    if (stopped) return stopped;
    if (env.permission() !== 'granted' || !mine()) return 'off';
    const subscription = await (await env.registration())?.pushManager.getSubscription();
    return subscription ? 'on' : 'off';
  }

  async function enablePush(): Promise<PushState> {
    const stopped = obstacle();
    if (stopped) return stopped;
    // Before anything is awaited: the question may be asked only while the touch is fresh.
    const answer = await env.askPermission();
    if (answer !== 'granted') return answer === 'denied' ? 'blocked' : 'off';
    const { pushKey } = await env.get<NotifyState>('/notifications');
    const subscription = await subscribe(await env.register(), pushKey);
    const { id } = await env.post<{ id: string }>('/notifications/subscriptions', subscription.toJSON());
    const user = env.user();
    if (user) env.save(JSON.stringify({ user, id } satisfies Kept));
    return 'on';
  }

  async function disablePush(): Promise<void> {
    const known = kept();
    env.save(null);
    await (await (await env.registration())?.pushManager.getSubscription())?.unsubscribe();
    if (known) await env.remove(`/notifications/subscriptions/${known.id}`);
  }

  return { pushState, enablePush, disablePush, thisDevice: () => mine()?.id ?? null };
}

/** A subscription under the hub's key of today: one under another key would never be shown anything. */
async function subscribe(registration: ServiceWorkerRegistration, key: string): Promise<PushSubscription> {
  const applicationServerKey = fromBase64url(key);
  try {
    const before = await registration.pushManager.getSubscription();
    if (before && sameBytes(before.options.applicationServerKey, applicationServerKey)) return before;
    await before?.unsubscribe();
    return await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  } catch (error) {
    throw new PushRefused(error);
  }
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function sameBytes(one: ArrayBuffer | null, other: Uint8Array): boolean {
  if (!one || one.byteLength !== other.length) return false;
  return new Uint8Array(one).every((byte, index) => byte === other[index]);
}

function parseKept(text: string | null): Kept | null {
  if (text === null) return null;
  try {
    const { user, id } = JSON.parse(text) as Partial<Kept>;
    return typeof user === 'string' && typeof id === 'string' ? { user, id } : null;
  } catch (error) {
    console.warn('what was kept about notices cannot be read', error);
    return null;
  }
}

