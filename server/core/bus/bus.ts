import type { EmotionSample } from '../../../contract/index.ts';
import type { LogEvent } from '../log/event.ts';

/**
 * Hub-to-hub delivery. Within one process it is a function call; between processes an adapter carries the same calls.
 * `events` arrive in offset order for each site, but a listener must be ready for a hole and read the log then.
 */
export interface Bus {
  publishEvents(events: LogEvent[]): void;
  publishSamples(samples: EmotionSample[]): void;
  onEvents(listener: (events: LogEvent[]) => void): void;
  onSamples(listener: (samples: EmotionSample[]) => void): void;
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

export function createLocalBus(): Bus {
  const onEvents: ((events: LogEvent[]) => void)[] = [];
  const onSamples: ((samples: EmotionSample[]) => void)[] = [];
  return {
    publishEvents: (events) => { for (const listener of onEvents) listener(events); },
    publishSamples: (samples) => { for (const listener of onSamples) listener(samples); },
    onEvents: (listener) => { onEvents.push(listener); },
    onSamples: (listener) => { onSamples.push(listener); },
    ready: async () => true,
    close: async () => undefined,
  };
}
