import type { EmotionSample } from '../../../contract/index.ts';
import type { LogEvent } from '../log/event.ts';

/** A word from hub to hub that is kept nowhere; whoever missed it finds the same in the store a little later. */
export type Notice =
  /** Every open socket and cached answer that rests on this must go. Ids of sessions are their hashes. */
  | { topic: 'revoked'; subject: 'session' | 'user' | 'wall' | 'device'; id: string }
  /** Names or places of a site changed. */
  | { topic: 'site'; site: string };

/**
 * Hub-to-hub delivery. Within one process it is a function call; between processes an adapter carries the same calls,
 * and the sender's own listeners are called at once. It may lose messages and never holds anybody up: events are in the
 * log, and a listener that finds a hole reads them there.
 */
export interface Bus {
  /** Whether messages reach the other hubs as they are sent. Always true where there are none. */
  readonly live: boolean;
  publishEvents(events: LogEvent[]): void;
  publishSamples(samples: EmotionSample[]): void;
  publishNotice(notice: Notice): void;
  /** Somebody here wants a site's samples, or no longer: other hubs' are brought only while anybody does. Each `watch` has its `unwatch`. */
  watch(site: string): void;
  unwatch(site: string): void;
  /** `own`: committed by this very hub. In offset order for each site and hub, but with holes between. */
  onEvents(listener: (events: LogEvent[], own: boolean) => void): void;
  onSamples(listener: (samples: EmotionSample[]) => void): void;
  /** Also for this hub's own notices. */
  onNotice(listener: (notice: Notice) => void): void;
  /** Called when `live` changed. On becoming live again, what was missed is to be looked up. */
  onChange(listener: (live: boolean) => void): void;
  close(): Promise<void>;
}

/** Listeners of a bus, and how to reach them: the same for every adapter. */
export function createListeners() {
  const events: ((events: LogEvent[], own: boolean) => void)[] = [];
  const samples: ((samples: EmotionSample[]) => void)[] = [];
  const notices: ((notice: Notice) => void)[] = [];
  const changes: ((live: boolean) => void)[] = [];
  return {
    subscribe: {
      onEvents: (listener) => { events.push(listener); },
      onSamples: (listener) => { samples.push(listener); },
      onNotice: (listener) => { notices.push(listener); },
      onChange: (listener) => { changes.push(listener); },
    } satisfies Pick<Bus, 'onEvents' | 'onSamples' | 'onNotice' | 'onChange'>,
    events: (batch: LogEvent[], own: boolean): void => { for (const listener of events) listener(batch, own); },
    samples: (batch: EmotionSample[]): void => { for (const listener of samples) listener(batch); },
    notice: (notice: Notice): void => { for (const listener of notices) listener(notice); },
    change: (live: boolean): void => { for (const listener of changes) listener(live); },
  };
}

/** The bus of a hub that is alone. */
export function createLocalBus(): Bus {
  const listeners = createListeners();
  return {
    ...listeners.subscribe,
    live: true,
    publishEvents: (batch) => listeners.events(batch, true),
    publishSamples: (batch) => listeners.samples(batch),
    publishNotice: (notice) => listeners.notice(notice),
    watch: () => undefined,
    unwatch: () => undefined,
    close: async () => undefined,
  };
}
