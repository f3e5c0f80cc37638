import type { EmotionSample } from '../../contract/index.ts';
import type { Bus } from '../core/bus/bus.ts';

/** A sample that is older says nothing of now. */
const FRESH_MS = 5_000;
/** After a page asked, its site's samples are brought from other hubs for so long. */
const WATCH_MS = 15_000;
/** More cameras than anybody sets up at once. */
const MOST = 500;

/**
 * Remembers what each camera's node saw last, for pages that set a camera up and ask again and again. Samples are kept
 * for seconds, in memory only, and those of other hubs come only while somebody asks.
 */
export function keepSamples(bus: Pick<Bus, 'onSamples' | 'watch' | 'unwatch'>) {
  const latest = new Map<string, { sample: EmotionSample; heardAt: number }>();
  const watched = new Map<string, NodeJS.Timeout>();

  bus.onSamples((samples) => {
    for (const sample of samples) {
      if (!watched.has(sample.site)) continue;
      latest.delete(sample.camera);
      latest.set(sample.camera, { sample, heardAt: performance.now() });
      if (latest.size > MOST) latest.delete(latest.keys().next().value!);
    }
  });

  function end(site: string): void {
    clearTimeout(watched.get(site));
    watched.delete(site);
    bus.unwatch(site);
  }

  return {
    /** What the camera's node saw in the last seconds; null when this was not asked for before, or nothing came. */
    latest(site: string, camera: string): EmotionSample | null {
      if (watched.has(site)) clearTimeout(watched.get(site));
      else bus.watch(site);
      watched.set(site, setTimeout(() => end(site), WATCH_MS).unref());
      const known = latest.get(camera);
      return known && known.sample.site === site && performance.now() - known.heardAt < FRESH_MS ? known.sample : null;
    },
    stop(): void { for (const site of [...watched.keys()]) end(site); },
  };
}
