import type { CameraAnalysis } from '../../contract/index.ts';
import type { Reactor } from '../core/log/reactor.ts';
import type { CamerasRepository } from './repository.ts';

/** Keeps what vision nodes last stated of their work on each camera's picture. */
export function camerasReactor(repository: CamerasRepository): Reactor {
  return {
    name: 'cameras',
    types: new Set(['camera.analysis']),
    async react(events, { db }, site) {
      const last = new Map<string, CameraAnalysis>();
      for (const event of events) if (event.type === 'camera.analysis') last.set(event.body.camera, event.body);
      for (const analysis of last.values()) await repository.putAnalysis(db, site, analysis);
    },
  };
}
