import { getContext, setContext } from 'svelte';
import type { FloorState } from '../../../contract/views/floor.ts';
import { connection } from '../live/connection.ts';
import { channelStore, live, type ChannelStore } from '../live/live.svelte.ts';
import { Keeper, readableFloor, type KeptFloor } from './kept.ts';

/** The floor as pages see it: the live one, or what was kept of it while the hub was never heard. */
export interface Floor extends Omit<ChannelStore<FloorState>, 'samples'> {
  /** What the hub says now; undefined until it was heard. */
  readonly live: FloorState | undefined;
  /** When the kept state was true, epoch ms; null when `state` is live. */
  readonly keptAt: number | null;
}

const CONTEXT = Symbol('floor');
/** The hub usually answers sooner; then nothing old is shown. */
const PATIENCE_MS = 800;

/** Watches a site's floor for the whole console, keeps it on the device and gives it to pages. Call while the layout is set up. */
export function provideFloor(site: () => string | undefined): Floor {
  const channel = channelStore('floor', site);
  let kept = $state.raw<KeptFloor | null>(null);

  $effect(() => {
    const id = site();
    kept = null;
    if (id === undefined) return;
    let current = true;
    const timer = setTimeout(async () => {
      if (connection.channel(`floor:${id}`)?.state !== undefined) return;
      const { keptFloor } = await import('./kept-store.ts');
      const found = readableFloor(await keptFloor(id), id, connection.now());
      if (current) kept = found;
    }, navigator.onLine ? PATIENCE_MS : 0);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  });

  const keeper = new Keeper<KeptFloor>(
    (value) => void import('./kept-store.ts').then(({ keepFloor }) => keepFloor(value.state.site.id, value), (error: unknown) => console.warn('the floor is not kept', error)),
    (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  );
  $effect(() => {
    const state = channel.state;
    if (state && live.link.state === 'live') keeper.offer({ at: connection.now(), state });
  });
  $effect(() => () => keeper.stop());

  const floor: Floor = {
    get state() {
      return channel.state ?? kept?.state;
    },
    get live() {
      return channel.state;
    },
    get error() {
      return channel.error;
    },
    get keptAt() {
      return channel.state === undefined ? kept?.at ?? null : null;
    },
    renew: (reasons) => channel.renew(reasons),
  };
  setContext(CONTEXT, floor);
  return floor;
}

/** The floor that the layout watches. @throws TypeError outside of the console. */
export function useFloor(): Floor {
  const floor = getContext<Floor | undefined>(CONTEXT);
  if (!floor) throw new TypeError('the floor is watched by the layout of the console');
  return floor;
}
