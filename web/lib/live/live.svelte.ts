import type { EmotionSample } from '../../../contract/emotions.ts';
import type { ErrorCode } from '../../../contract/errors.ts';
import type { ChannelKind, ChannelName } from '../../../contract/live.ts';
import type { Day } from '../../../contract/time.ts';
import type { Link } from './client.ts';
import { connection } from './connection.ts';
import { VIEWS, type States } from './views.ts';

const SECOND = 1000;
/** A day that is over is asked for anew at most this often, so that clocks apart do not make a storm. */
const DAY_RETRY_MS = 60_000;

class LiveStore {
  #link = $state.raw<Link>(connection.link);
  #now = $state(connection.now());

  constructor() {
    connection.onLink(() => {
      this.#link = connection.link;
      this.#now = connection.now();
    });
    setInterval(() => {
      this.#now = connection.now();
      if (this.#link.heardAt !== connection.link.heardAt) this.#link = connection.link;
    }, SECOND);
  }

  /** How the line to the hub is doing. */
  get link(): Link {
    return this.#link;
  }

  /** The hub's clock, epoch ms; moves once a second, so ages tick by themselves. */
  get now(): number {
    return this.#now;
  }
}

/** The state of the line and the hub's clock, for every page. */
export const live = new LiveStore();

/** A live channel as a page reads it. Everything is replaced, never changed in place, at most once a frame. */
export interface ChannelStore<S> {
  /** The channel's state; undefined until the first snapshot. */
  readonly state: S | undefined;
  /** Latest samples by camera. */
  readonly samples: ReadonlyMap<string, EmotionSample>;
  /** Why the hub refuses this channel; null while it does not. */
  readonly error: ErrorCode | null;
  /** Asks for the whole state anew, once for each of `reasons`, so that a reason which stays makes no storm. */
  renew(reasons: Iterable<string>): void;
}

/**
 * Watches a channel for as long as the component lives. Call while the component is being set up.
 * @param site the site's id; while it is undefined nothing is watched.
 */
export function channelStore<K extends ChannelKind>(kind: K, site: () => string | undefined): ChannelStore<States[K]> {
  const view = VIEWS[kind];
  let state = $state.raw<States[K] | undefined>();
  let samples = $state.raw<ReadonlyMap<string, EmotionSample>>(new Map());
  let error = $state<ErrorCode | null>(null);
  const asked = new Set<string>();

  $effect(() => {
    const id = site();
    if (id === undefined) return;
    const name: ChannelName = `${kind}:${id}`;
    const read = () => {
      const channel = connection.channel(name);
      state = channel?.state === undefined ? undefined : view.copy(channel.state as States[K]);
      samples = new Map(channel?.samples);
      error = channel?.error ?? null;
    };
    const stop = connection.watch(name, view.fold, read);
    read();
    const stopDay = renewDay(name);
    return () => {
      stop();
      stopDay();
    };
  });

  return {
    get state() {
      return state;
    },
    get samples() {
      return samples;
    },
    get error() {
      return error;
    },
    renew(reasons) {
      const id = site();
      const fresh = [...reasons].filter((reason) => !asked.has(reason));
      if (id === undefined || fresh.length === 0) return;
      for (const reason of fresh) asked.add(reason);
      connection.refresh(`${kind}:${id}`);
    },
  };
}

/** Asks for a new snapshot when the day that the state counts is over. */
function renewDay(name: ChannelName): () => void {
  let askedAt = 0;
  const timer = setInterval(() => {
    const day = (connection.channel(name)?.state as { day?: Day } | undefined)?.day;
    const now = connection.now();
    if (!day || now < day.end || now - askedAt < DAY_RETRY_MS || connection.link.state !== 'live') return;
    askedAt = now;
    connection.refresh(name);
  }, SECOND);
  return () => clearInterval(timer);
}
