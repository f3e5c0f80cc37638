import type { Me, Permission } from '../../contract/people.ts';
import { ApiError, get, onUnauthorised, post, remove } from './api.ts';
import { connection } from './live/connection.ts';

const SITE_KEY = 'otklik-site';

class Session {
  #me = $state.raw<Me | null | undefined>();
  #error = $state.raw<unknown>(null);
  #chosen = $state(localStorage.getItem(SITE_KEY));

  constructor() {
    onUnauthorised(() => this.#ended());
    connection.onLink(() => {
      const { ended } = connection.link;
      if (ended === 'unauthorised' || ended === 'revoked') void this.load();
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
      else if (!this.#me) this.#error = error;
    }
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
    this.#me = me;
    connection.hurry();
  }

  #ended(): void {
    this.#me = null;
  }
}

export const session = new Session();
