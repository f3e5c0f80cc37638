import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const LOOP_RESOLUTION_MS = 10;

/** Numbers of this hub for Prometheus. Names follow its conventions: base units, `_total` for counters. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  return {
    registry,
    /** The event loop's delay since the last scrape, and its reset. */
    loop,
    accepted: new Counter({ name: 'otklik_events_accepted_total', help: 'Events committed to a log', labelNames: ['type'], registers }),
    rejected: new Counter({ name: 'otklik_events_rejected_total', help: 'Events refused, by code', labelNames: ['code'], registers }),
    duplicates: new Counter({ name: 'otklik_events_duplicate_total', help: 'Events that were in the log already', registers }),
    appendSeconds: new Histogram({ name: 'otklik_append_seconds', help: 'From handing events to the log to their commit', buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5], registers }),
    connections: new Gauge({ name: 'otklik_connections', help: 'Open live connections', registers }),
    queueBytes: new Gauge({ name: 'otklik_fanout_queue_bytes', help: 'Bytes written for subscribers and not sent yet', registers }),
    slowCloses: new Gauge({ name: 'otklik_slow_closes_total', help: 'Live connections closed because they did not keep up', registers }),
    resumes: new Gauge({ name: 'otklik_resumes_total', help: 'Subscriptions that told where they stood, by how they were caught up', labelNames: ['by'], registers }),
    busLive: new Gauge({ name: 'otklik_bus_live', help: '1 while other hubs are heard at once, 0 while their events are read from the log', registers }),
    clockOffset: new Gauge({ name: 'otklik_clock_offset_seconds', help: 'What the database\'s clock is ahead of this machine\'s', registers }),
    loopDelay: new Gauge({ name: 'otklik_event_loop_delay_seconds', help: 'Delay of the event loop since the last scrape', labelNames: ['quantile'], registers }),
    residentBytes: new Gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory', registers }),
    cpuSeconds: new Gauge({ name: 'process_cpu_seconds_total', help: 'User and system time spent', registers }),
    visionFps: new Gauge({ name: 'otklik_vision_fps', help: 'Frames measured a second', labelNames: ['node'], registers }),
    visionLag: new Gauge({ name: 'otklik_vision_lag_seconds', help: 'From captured frame to sample', labelNames: ['node', 'quantile'], registers }),
    visionCameras: new Gauge({ name: 'otklik_vision_cameras', help: 'Cameras that a vision node serves', labelNames: ['node'], registers }),
    visionLoad: new Gauge({ name: 'otklik_vision_load', help: 'What a vision node\'s cameras need of what it measured that it can; above 1 it sheds frames', labelNames: ['node'], registers }),
    visionRate: new Gauge({ name: 'otklik_vision_rate', help: 'Share of the wanted frame rate at which a vision node measures', labelNames: ['node'], registers }),
  };
}
export type Metrics = ReturnType<typeof createMetrics>;

/** Prometheus text; `collect` refreshes what is read only at a scrape. */
export async function scrape(metrics: Metrics, collect: () => void): Promise<string> {
  const { loop } = metrics;
  // What is recorded is the time between two samples, so the interval itself is taken off.
  const delay = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - LOOP_RESOLUTION_MS / 1000);
  for (const quantile of [50, 99]) metrics.loopDelay.set({ quantile: String(quantile / 100) }, delay(loop.percentile(quantile)));
  metrics.loopDelay.set({ quantile: '1' }, delay(loop.max));
  loop.reset();
  metrics.residentBytes.set(process.memoryUsage.rss());
  const cpu = process.cpuUsage();
  metrics.cpuSeconds.set((cpu.user + cpu.system) / 1e6);
  collect();
  return metrics.registry.metrics();
}
