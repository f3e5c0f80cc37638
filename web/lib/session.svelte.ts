import type { Me, Permission } from '../../contract/people.ts';
import { ApiError, get, onUnauthorised, post, remove } from './api.ts';
import { connection } from './live/connection.ts';

const SITE_KEY = 'otklik-site';
/** Who was signed in last, so that the last floor can be read after a reload without a network. No secret is in it. */
const ME_KEY = 'otklik-me';

class Session {
  #me = $state.raw<Me | null | undefined>();
  #error = $state.raw<unknown>(null);
  #chosen = $state(localStorage.getItem(SITE_KEY));
  /** Whether `me` is what was remembered, not what the hub said. */
  #remembered = false;

  constructor() {
    onUnauthorised(() => this.#ended());
    connection.onLink(() => {
      const { ended, state } = connection.link;
      if (ended === 'unauthorised' || ended === 'revoked' || (this.#remembered && state === 'live')) void this.load();
    });
  }

  /** Who is signed in; null when nobody is, undefined while unknown. */
  get me(): Me | null | undefined {
    return this.#me;
  }

  /** Why it could not be found out who is signed in. */
  get error(): unknown {
    return this.#error;
  }

  /** The site that pages show: the chosen one, else the first. */
  get site(): Me['sites'][number] | undefined {
    const sites = this.#me?.sites ?? [];
    return sites.find((site) => site.id === this.#chosen) ?? sites[0];
  }

  can(permission: Permission): boolean {
    return this.#me?.permissions.includes(permission) ?? false;
  }

  choose(site: string): void {
    this.#chosen = site;
    localStorage.setItem(SITE_KEY, site);
  }

  /** Asks the hub who is signed in. Errors are kept in `error`, for a page to show. */
  async load(): Promise<void> {
    this.#error = null;
    try {
      this.#began(await get<Me>('/session'));
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) this.#ended();
      else if (!this.#me) this.#withoutHub(error);
    }
  }

  /** The hub cannot be asked: whoever was signed in last sees what was kept, until the hub says otherwise. */
  #withoutHub(error: unknown): void {
    const me = error instanceof ApiError && error.code === 'offline' ? rememberedMe() : null;
    if (!me) {
      this.#error = error;
      return;
    }
    this.#remembered = true;
    this.#me = me;
    connection.hurry();
  }

  /** @throws ApiError, with `retryAfter` when the hub wants a wait first. */
  async signIn(email: string, password: string): Promise<void> {
    await post('/session', { email, password });
    await this.#fresh();
  }

  /** First administrator, by the one-time token. @throws ApiError */
  async setUp(token: string, email: string, name: string, password: string): Promise<void> {
    await post('/setup', { token, email, name, password });
    await this.load();
    if (!this.#me) await this.signIn(email, password);
  }

  /** @throws ApiError when the hub could not be told. */
  async signOut(): Promise<void> {
    await remove('/session');
    connection.reset();
    this.#ended();
  }

  async #fresh(): Promise<void> {
    this.#began(await get<Me>('/session'));
  }

  #began(me: Me): void {
    this.#remembered = false;
    this.#me = me;
    localStorage.setItem(ME_KEY, JSON.stringify(me));
    connection.hurry();
  }

  #ended(): void {
    this.#remembered = false;
    this.#me = null;
    if (localStorage.getItem(ME_KEY) === null) return;
    localStorage.removeItem(ME_KEY);
    import('./floor/kept-store.ts').then(({ forgetFloors }) => forgetFloors(), (error: unknown) => console.warn('what was kept is not removed', error));
  }
}

function rememberedMe(): Me | null {
  try {
    const me = JSON.parse(localStorage.getItem(ME_KEY) ?? 'null') as Partial<Me> | null;
    return me && Array.isArray(me.permissions) && Array.isArray(me.sites) && typeof me.role === 'string' ? (me as Me) : null;
  } catch (error) {
    console.warn('who was signed in cannot be read', error);
    return null;
  }
}

export const session = new Session();
